"""The rules of users and invites."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.users import errors
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.scopes import PERMISSIONS, ROLES
from waypost_sandbox.world.things import Invite, Json, User

CUSTOM = "Custom User"
_MOST_STARTER_USERS = 5
_FIXED_ROLES = tuple(role for role in ROLES if role != CUSTOM)


def find_user(account: Account, user_id: str) -> User:
    """Return the user, or refuse."""
    user = account.users.get(user_id)
    if user is None:
        raise errors.refuse_unknown_user()
    return user


def check_access(account: Account, check: Check) -> None:
    """Check role, permissions, templates and domains, which hang together."""
    body = check.data
    role = check.field("role").required().string().one_of(ROLES)
    permissions = check.field("permissions").array()
    if role.value == CUSTOM and not permissions.value:
        permissions.fail(errors.required_for_custom_user("permissions"))
    _check_templates(account, check)
    check.field("domains").array().each_of(account.domains)
    # Recorded order: role, templates, then each permission.
    permissions.each_of(PERMISSIONS)
    check.field("requires_periodic_password_change").boolean()
    check.data = body


def _check_templates(account: Account, check: Check) -> None:
    """Check templates; even an empty list asks for the permission, roles with all aside."""
    templates = check.field("templates").array()
    held = check.data.get("permissions")
    may_read_own = isinstance(held, list) and "read-own-templates" in held
    is_sent = "templates" in check.data
    if is_sent and not may_read_own and check.data.get("role") not in _FIXED_ROLES:
        templates.fail(errors.NEEDS_OWN_TEMPLATES)
    templates.each_of(account.templates)


def invite_person(account: Account, body: Json) -> Invite:
    """Invite a person who is neither a user nor invited yet."""
    check = Check(body)
    email = check.field("email").required().string().longest(191).email()
    taken = {user.email.lower() for user in account.users.values()}
    taken |= {invite.email.lower() for invite in account.invites.values()}
    if isinstance(email.value, str) and email.value.lower() in taken:
        email.fail(errors.EMAIL_TAKEN)
    if account.settings.plan == "Starter" and len(taken) >= _MOST_STARTER_USERS:
        email.fail(errors.TOO_MANY_USERS)
    check_access(account, check)
    check.refuse_if_wrong()
    now = account.now()
    invite = Invite(
        id=ids.make_hashid(),
        email=body["email"],
        role=body["role"],
        created_at=now,
        updated_at=now,
        permissions=_permissions(body),
        domain_ids=list(body.get("domains") or []),
        template_ids=list(body.get("templates") or []),
        requires_periodic_password_change=read_truth(body.get("requires_periodic_password_change")),
    )
    account.invites[invite.id] = invite
    return invite


def accept_invite(account: Account, invite: Invite) -> User:
    """Let an invited person have joined."""
    del account.invites[invite.id]
    now = account.now()
    user = User(
        id=ids.make_hashid(),
        email=invite.email,
        name=None,
        last_name=None,
        avatar=f"https://www.gravatar.com/avatar/{ids.hash_email(invite.email)}",
        role=invite.role,
        created_at=now,
        updated_at=now,
        permissions=invite.permissions,
        domain_ids=invite.domain_ids,
        template_ids=invite.template_ids,
        requires_periodic_password_change=invite.requires_periodic_password_change,
    )
    account.users[user.id] = user
    return user


def update_user(account: Account, user_id: str, body: Json) -> User:
    """Change what a user may; the body is checked before the id is looked for."""
    check = Check(body)
    check_access(account, check)
    check.refuse_if_wrong()
    user = find_user(account, user_id)
    user.role = body["role"]
    user.permissions = _permissions(body)
    user.domain_ids = list(body.get("domains") or [])
    user.template_ids = list(body.get("templates") or [])
    user.updated_at = account.now()
    return user


def _permissions(body: Json) -> list[str]:
    return list(body.get("permissions") or []) if body["role"] == CUSTOM else []


def show_user(account: Account, user: User) -> Json:
    """Show a user; an Admin sees every domain and template and lists no permissions."""
    is_admin = user.role == "Admin"
    domain_ids, template_ids = user.domain_ids, user.template_ids
    if is_admin:
        domain_ids = list(dict.fromkeys([*domain_ids, *account.domains]))
        template_ids = list(dict.fromkeys([*template_ids, *account.templates]))
    return {
        "id": user.id,
        "avatar": user.avatar,
        "email": user.email,
        "last_name": user.last_name,
        "name": user.name,
        "2fa": user.two_factor,
        "created_at": write_time(user.created_at),
        "updated_at": write_time(user.updated_at),
        "role": user.role,
        "permissions": [] if is_admin else user.permissions,
        "domains": [
            show_small(account.domains[key]) for key in domain_ids if key in account.domains
        ],
        "templates": [
            _show_template(account, key) for key in template_ids if key in account.templates
        ],
    }


def _show_template(account: Account, template_id: str) -> Json:
    template = account.templates[template_id]
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "type": template.type,
        "created_at": write_time(template.created_at),
    }


def show_invite(invite: Invite) -> Json:
    """Show an invite."""
    return {
        "id": invite.id,
        "email": invite.email,
        "data": {"domains": invite.domain_ids, "templates": invite.template_ids},
        "role": invite.role,
        "permissions": invite.permissions,
        "requires_periodic_password_change": invite.requires_periodic_password_change,
        "created_at": write_time(invite.created_at),
        "updated_at": write_time(invite.updated_at),
    }
