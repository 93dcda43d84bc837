"""The routes of `/carrier/v1`."""

from fastapi import APIRouter

from api.carrier import (
    accounts,
    alert_rules,
    api_keys,
    api_requests,
    audit_log,
    brand,
    capacity,
    channels,
    connector_profiles,
    connectors,
    conversations,
    erasures,
    event_subscriptions,
    exports,
    identity_provider,
    invitations,
    kannel_users,
    mails,
    messages,
    opt_outs,
    people,
    phone_numbers,
    probes,
    protection,
    retention_minimums,
    routes,
    sender_id_rules,
    sending,
    settings,
    setup,
    signatures,
    smpp_credentials,
    tariffs,
    traces,
    traffic,
    trials,
    webhooks,
)
from api.carrier.auth import CarrierRoute


def build_router() -> APIRouter:
    """Gather the resources."""
    router = APIRouter(route_class=CarrierRoute)
    for module in (
        accounts,
        trials,
        protection,
        api_keys,
        phone_numbers,
        connectors,
        connector_profiles,
        channels,
        routes,
        sender_id_rules,
        smpp_credentials,
        kannel_users,
        tariffs,
        messages,
        sending,
        conversations,
        exports,
        erasures,
        retention_minimums,
        opt_outs,
        probes,
        traces,
        webhooks,
        signatures,
        audit_log,
        api_requests,
        mails,
        people,
        invitations,
        identity_provider,
        setup,
        capacity,
        traffic,
        event_subscriptions,
        brand,
        settings,
        alert_rules,
    ):
        router.include_router(module.router)
    router.include_router(people.memberships)
    router.include_router(settings.sign_up)
    router.include_router(people.policy)
    return router
