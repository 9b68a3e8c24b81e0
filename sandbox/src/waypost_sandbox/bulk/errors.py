"""The words bulk sends are refused with; only their codes are on record (GUESS)."""

from __future__ import annotations

TOO_MANY = "The bulk email may not have more than {most} email objects. #MS42229"
EMPTY = "The bulk email must have at least one email object. #MS42230"
NOT_AN_OBJECT = "The {name} must be a valid email object. #MS42231"
MALFORMED = "The bulk email request is malformed. #MS40001"
