"""Acts: log-in, second factor, accounts, grants and delegations."""

from __future__ import annotations

from lms.identity.services.accounts import (
    Activation,
    IssuedCode,
    PasswordChange,
    activate,
    begin_activation,
    begin_password_change,
    change_password,
    close_for_leaver,
    disable_account,
    enable_account,
    end_other_sessions,
    end_session,
    issue_codes,
    judge_password_change,
    open_account,
    reset_access,
    reset_by_operator,
    set_appearance,
)
from lms.identity.services.logins import (
    Judged,
    LoggedIn,
    LoginTry,
    begin_log_in,
    device_token,
    finish_log_in,
    judge_log_in,
    log_out,
)
from lms.identity.services.passwords import check_new_password, hash_password, verify_password
from lms.identity.services.rights import delegate, give_grant, revoke_delegation, revoke_grant
from lms.identity.services.second_factor import (
    confirm_second_factor,
    finish_second_factor,
    prepare_second_factor,
    remove_second_factor,
    renew_recovery_codes,
    show_second_factor_again,
    stored_secret,
)
from lms.identity.services.throttle import TooManyTries

__all__ = [
    "Activation", "IssuedCode", "Judged", "LoggedIn", "LoginTry", "PasswordChange", "TooManyTries", "activate",
    "begin_activation", "begin_log_in", "begin_password_change", "change_password", "check_new_password",
    "close_for_leaver", "confirm_second_factor", "delegate", "device_token", "disable_account", "enable_account",
    "end_other_sessions", "end_session", "finish_log_in", "finish_second_factor", "give_grant", "hash_password",
    "issue_codes", "judge_log_in", "judge_password_change", "log_out", "open_account", "prepare_second_factor",
    "remove_second_factor", "renew_recovery_codes", "reset_access", "reset_by_operator", "revoke_delegation",
    "revoke_grant", "set_appearance", "show_second_factor_again", "stored_secret", "verify_password",
]  # fmt: skip
