"""The words a send is refused with; those marked GUESS have only their code on record."""

from __future__ import annotations

UNVERIFIED = "The from.email domain must be verified in your account to send emails. #MS42207"
NO_CONTENT = "You must provide one of html, text or template_id. #MS42211"
NOT_BASE64 = "The attachment content must be a Base64 encoded string. #MS42215"
BAD_FILE_TYPE = "This file type is not supported. #MS42210"
SEND_AT_PAST = "The send_at must be a date in the future. #MS42219"
ADMIN_ONLY = "Trial accounts can only send emails to the administrator's email. #MS42225"
UNIQUE_RECIPIENTS = "You have reached trial account unique recipients limit. #MS42225"

# GUESS, each of these:
FILE_MISMATCH = "The attachment file name and content type do not match. #MS42202"
EMAIL_QUOTA = "Your account reached its email quota limit. #MS42204"
RESERVED_VARIABLE = "The {name} contains a reserved variable. #MS42214"
NEEDS_PLAN = "The {name} feature is not available on your current plan. #MS42216"
NOT_A_RECIPIENT = "The {name} must be one of the recipients. #MS42217"
SEND_AT_NO_TIME = "The send_at must be a valid Unix timestamp. #MS42218"
TRIAL_QUOTA = "Your trial domain reached its email quota limit. #MS42222"
TEMPLATE_DOMAIN = "The default domain of the template must be verified. #MS42226"
BAD_NAME = "The {name} may not contain semicolons or commas."
NOT_ONE_ADDRESS = "The reply_to.email field is required. #MS42209"


def duplicated(email: str, field: str) -> str:
    """Say that an address stands twice in a field."""
    return f"{email} is duplicated in the {field} recipients list. #MS42201"


def too_many_recipients(field: str) -> str:
    """Say that a field holds too many recipients."""
    return f"The {field} recipient limit is exceeded. #MS42205"


def too_large(place: int) -> str:
    """Say which attachment went over the size."""
    return f"The attachments.{place}.content size exceeds the threshold of 25 MB. #MS42206"


def too_late(limit: str) -> str:
    """Say until when a send may be scheduled."""
    return f"The send_at must be a date before or equal to {limit}."


def bad_header_name(name: str) -> str:
    """Say that a header's name has other signs in it."""
    return f"The {name} may only contain alphanumeric characters and hyphens. #MS42220"


def does_not_compile(attribute: str) -> str:
    """Say that a template text does not compile."""
    return (
        f"The value you provided in {attribute} failed to compile. "
        "Please check the submitted text/html. #MS42213"
    )


def dotted_keys(name: str, keys: list[str]) -> str:
    """Say which personalization keys hold dots."""
    return f"The {name} contains array keys with dot notation: {', '.join(keys)}"
