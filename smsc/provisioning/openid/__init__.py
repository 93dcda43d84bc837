"""Signing in by a carrier's own OpenID Connect provider."""
