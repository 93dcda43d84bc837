"""What the message with a code says, by language."""
# ruff: noqa: RUF001 these letters belong to their languages

from typing import Final

TEMPLATE_SID: Final = "HJ" + "0" * 31 + "1"
TEMPLATE_NAME: Final = "Verification code"
DEFAULT_LOCALE: Final = "en"

# The sentence with the code, and the warning that may follow it.
TEXTS: Final = {
    "af": ("Jou {name}-verifikasiekode is: {code}", "Moenie dit met enigiemand deel nie."),
    "ar": ("رمز التحقق الخاص بك في {name} هو: {code}", "لا تشاركه مع أي شخص."),
    "bg": ("Вашият код за потвърждение от {name} е: {code}", "Не го споделяйте с никого."),
    "ca": ("El teu codi de verificació de {name} és: {code}", "No el comparteixis amb ningú."),
    "cs": ("Váš ověřovací kód {name} je: {code}", "S nikým jej nesdílejte."),
    "da": ("Din bekræftelseskode til {name} er: {code}", "Del den ikke med nogen."),
    "de": ("Ihr {name}-Bestätigungscode lautet: {code}", "Geben Sie ihn an niemanden weiter."),
    "el": ("Ο κωδικός επαλήθευσης {name} είναι: {code}", "Μην τον μοιραστείτε με κανέναν."),
    "en": ("Your {name} verification code is: {code}", "Don't share it with anyone."),
    "es": ("Tu código de verificación de {name} es: {code}", "No lo compartas con nadie."),
    "et": ("Sinu {name} kinnituskood on: {code}", "Ära jaga seda kellegagi."),
    "fi": ("{name}-vahvistuskoodisi on: {code}", "Älä jaa sitä kenellekään."),
    "fr": ("Votre code de vérification {name} est : {code}", "Ne le communiquez à personne."),
    "he": ("קוד האימות שלך עבור {name} הוא: {code}", "אין לשתף אותו עם אף אחד."),
    "hi": ("आपका {name} सत्यापन कोड है: {code}", "इसे किसी के साथ साझा न करें।"),
    "hr": ("Vaš kod za potvrdu za {name} je: {code}", "Nemojte ga dijeliti ni s kim."),
    "hu": ("Az Ön {name} ellenőrző kódja: {code}", "Ne ossza meg senkivel."),
    "id": ("Kode verifikasi {name} Anda: {code}", "Jangan bagikan kepada siapa pun."),
    "it": ("Il tuo codice di verifica {name} è: {code}", "Non condividerlo con nessuno."),
    "ja": ("{name}の確認コードは {code} です。", "誰にも教えないでください。"),
    "km": ("លេខកូដផ្ទៀងផ្ទាត់ {name} របស់អ្នកគឺ៖ {code}", "កុំចែករំលែកវាជាមួយនរណាម្នាក់។"),
    "ko": ("{name} 인증 코드: {code}", "누구와도 공유하지 마세요."),
    "lt": ("Jūsų {name} patvirtinimo kodas: {code}", "Niekam jo neatskleiskite."),
    "lv": ("Jūsu {name} apstiprinājuma kods: {code}", "Nevienam to neizpaudiet."),
    "ms": ("Kod pengesahan {name} anda ialah: {code}", "Jangan kongsikan dengan sesiapa."),
    "nb": ("Bekreftelseskoden din for {name} er: {code}", "Ikke del den med noen."),
    "nl": ("Je verificatiecode voor {name} is: {code}", "Deel deze met niemand."),
    "pl": ("Twój kod weryfikacyjny {name} to: {code}", "Nie udostępniaj go nikomu."),
    "pt": ("O seu código de verificação {name} é: {code}", "Não o partilhe com ninguém."),
    "pt-BR": ("Seu código de verificação {name} é: {code}", "Não o compartilhe com ninguém."),
    "ro": ("Codul tău de verificare {name} este: {code}", "Nu îl comunica nimănui."),
    "ru": ("Ваш код подтверждения {name}: {code}", "Никому его не сообщайте."),
    "sk": ("Váš overovací kód {name} je: {code}", "S nikým ho nezdieľajte."),
    "sv": ("Din verifieringskod för {name} är: {code}", "Dela den inte med någon."),
    "sw": ("Msimbo wako wa uthibitishaji wa {name} ni: {code}", "Usimpe mtu yeyote."),
    "th": ("รหัสยืนยัน {name} ของคุณคือ: {code}", "อย่าบอกรหัสนี้กับใคร"),
    "tl": ("Ang iyong verification code sa {name} ay: {code}", "Huwag itong ibahagi kaninuman."),
    "tr": ("{name} doğrulama kodunuz: {code}", "Kimseyle paylaşmayın."),
    "uk": ("Ваш код підтвердження {name}: {code}", "Нікому його не повідомляйте."),
    "vi": ("Mã xác minh {name} của bạn là: {code}", "Đừng chia sẻ mã này với bất kỳ ai."),
    "zh": ("您的{name}验证码是：{code}", "请勿告诉任何人。"),
    "zh-HK": ("您的{name}驗證碼是：{code}", "請勿告訴任何人。"),
}


def text_of(locale: str | None, name: str, code: str, *, warns: bool) -> str | None:
    """Return the message in a language; of one such as `de-AT`, that of `de`. None: unknown."""
    locale = locale or DEFAULT_LOCALE
    known = TEXTS.get(locale) or TEXTS.get(locale.partition("-")[0].lower())
    if known is None:
        return None
    sentence, warning = known
    text = sentence.format(name=name, code=code)
    if not warns:
        return text
    return f"{text} {warning}" if text[-1] in ".。" else f"{text}. {warning}"
