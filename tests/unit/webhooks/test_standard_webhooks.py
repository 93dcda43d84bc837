from base64 import b64decode

from smsc.webhooks.standard import headers, make_secret, sign


def test_a_signature_is_that_of_the_specification_s_example() -> None:
    # Source: the vectors of the specification's reference libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_the_length_that_the_specification_asks_for() -> None:
    secret = make_secret()
    assert 24 <= len(b64decode(secret.removeprefix("whsec_"))) <= 64
    assert secret != make_secret()


def test_each_secret_signs_for_itself() -> None:
    one, other = make_secret(), make_secret()
    signatures = dict(headers([one, other], "EZ1", 1, b"{}"))["webhook-signature"]
    assert signatures == f"{sign(one, 'EZ1', 1, b'{}')} {sign(other, 'EZ1', 1, b'{}')}"
