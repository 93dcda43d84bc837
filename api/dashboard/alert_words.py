"""What the codes of alerts mean, in plain words."""

from typing import Final

from api.dashboard.languages import translated
from api.dashboard.words import N_
from smsc.sms.error_messages import error_sentence

_MEANINGS: Final = {
    11100: N_("The URL is none that can be asked."),
    11200: N_("Your server answered with an error, or not within 15 seconds."),
    11205: N_("No connection to your server could be made."),
    11206: N_("The connection broke, or the answer was no HTTP."),
    11210: N_("The name of your server is not known: look at its DNS."),
    11215: N_("Your server redirects too often, or in a circle."),
    11220: N_("TLS could not be agreed on with your server."),
    11237: N_("The certificate of your server is not valid."),
    11241: N_("A setting behind the # of the URL has a value that can't be used."),
    11243: N_("The retry policy behind the # of the URL can't be used."),
    11750: N_("The answer of your server is too long."),
    12100: N_("The answer is not well-formed XML."),
    12102: N_("The answer is XML, but no <Response>."),
    12200: N_("A part of the TwiML is not known, and was left out."),
    12300: N_("The answer's Content-Type can't be read as TwiML or text."),
    14101: N_("A “to” in the TwiML is no number that can be written to."),
    14102: N_("A “from” in the TwiML is none of your senders."),
    14103: N_("A message of the TwiML has no body."),
    14104: N_("A method in the TwiML is neither GET nor POST."),
    14105: N_("A URL in the TwiML is none."),
    14107: N_("Replies went round in a loop, and were stopped."),
    14109: N_("The TwiML has more replies than one answer may have."),
    14110: N_("A part of the TwiML is not for messages."),
}


def meaning(code: int) -> str:
    """Return what a code means; nothing for one that only Twilio's page explains."""
    sentence = _MEANINGS.get(code) or error_sentence(code)
    return "" if sentence is None else translated(sentence)
