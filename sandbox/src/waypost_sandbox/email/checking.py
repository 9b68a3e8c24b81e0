"""Full validation of one send: every rule, in the order of the fields."""

from __future__ import annotations

from typing import Any

from waypost_sandbox.email import errors
from waypost_sandbox.email.attachments import check_attachments
from waypost_sandbox.email.people import check_people, check_sender, check_trial
from waypost_sandbox.email.personal import check_personalization
from waypost_sandbox.email.schedule import check_send_at
from waypost_sandbox.wire.check import Field, Problems
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Template, Token

LANGUAGES = ("de", "en", "es", "fr", "it", "lt", "nl", "pl", "pt-BR")
_HEADER_PLANS = ("Professional", "Enterprise")
_PAID_PLANS = ("Hobby", "Starter", "Professional", "Enterprise")
_SUBJECT_LENGTH = 998
_BODY_BYTES = 2 * 1024 * 1024
_SETTINGS = ("track_clicks", "track_opens", "track_content")


def check_send(account: Account, token: Token | None, body: Json) -> Problems:
    """Check one send and return everything that is wrong with it."""
    problems = Problems()
    template = _find_template(account, body)
    domain = check_sender(problems, account, token, body, template)
    check_people(problems, account, domain, body)
    check_trial(problems, account, domain, body)
    _check_content(problems, body, template)
    _check_template(problems, account, body, template)
    check_attachments(problems, body.get("attachments"))
    Field(problems, "tags", body.get("tags")).array().most_items(5).each_string(191)
    check_personalization(problems, body, template)
    Field(problems, "precedence_bulk", body.get("precedence_bulk")).boolean()
    check_send_at(problems, account, body.get("send_at"))
    _check_threading(problems, account, body)
    _check_settings(problems, body.get("settings"))
    _check_headers(problems, account, body.get("headers"))
    _check_list_unsubscribe(problems, account, body.get("list_unsubscribe"))
    return problems


def _find_template(account: Account, body: Json) -> Template | None:
    template_id = body.get("template_id")
    return account.templates.get(template_id) if isinstance(template_id, str) else None


def _check_content(problems: Problems, body: Json, template: Template | None) -> None:
    subject = Field(problems, "subject", body.get("subject"))
    if template is None or template.subject is None:
        subject.required()
    subject.string().longest(_SUBJECT_LENGTH)
    fields = [Field(problems, name, body.get(name)) for name in ("html", "text", "template_id")]
    if all(field.value is None for field in fields):
        for field in fields:
            field.fail(errors.NO_CONTENT)
    for field in fields[:2]:
        field.string()
        if (
            isinstance(field.value, str)
            and len(field.value.encode("utf-8", "surrogatepass")) > _BODY_BYTES
        ):
            field.longest(_BODY_BYTES)


def _check_template(
    problems: Problems, account: Account, body: Json, template: Template | None
) -> None:
    template_id = Field(problems, "template_id", body.get("template_id")).string()
    if isinstance(template_id.value, str) and template is None:
        template_id.one_of(())
    if template is not None and template.domain_id is not None:
        domain = account.domains.get(template.domain_id)
        if domain is None or not domain.is_verified:
            template_id.fail(errors.TEMPLATE_DOMAIN)
    Field(problems, "language", body.get("language")).one_of(LANGUAGES)


def _check_threading(problems: Problems, account: Account, body: Json) -> None:
    in_reply_to = Field(problems, "in_reply_to", body.get("in_reply_to")).string()
    references = Field(problems, "references", body.get("references")).array().each_string()
    for field in (in_reply_to, references):
        _check_plan(field, account, _PAID_PLANS)


def _check_plan(field: Field, account: Account, plans: tuple[str, ...]) -> None:
    if field.value is not None and not account.has_feature(field.name, plans):
        field.fail(errors.NEEDS_PLAN.format(name=field.name))


def _check_settings(problems: Problems, settings: Any) -> None:
    if not isinstance(settings, dict):
        Field(problems, "settings", settings).array()
        return
    for name in _SETTINGS:
        Field(problems, f"settings.{name}", settings.get(name)).boolean()


def _check_headers(problems: Problems, account: Account, headers: Any) -> None:
    field = Field(problems, "headers", headers).array()
    _check_plan(field, account, _HEADER_PLANS)
    for place, item in enumerate(headers if isinstance(headers, list) else []):
        given = item if isinstance(item, dict) else {}
        name = Field(problems, f"headers.{place}.name", given.get("name")).required().string()
        if isinstance(name.value, str) and not _is_header_name(name.value):
            name.fail(errors.bad_header_name(name.name))
        Field(problems, f"headers.{place}.value", given.get("value")).required().string()


def _is_header_name(text: str) -> bool:
    return text.isascii() and text.replace("-", "").isalnum()


def _check_list_unsubscribe(problems: Problems, account: Account, value: Any) -> None:
    field = Field(problems, "list_unsubscribe", value).string().longest(990)
    _check_plan(field, account, _HEADER_PLANS)
