"""The code: every single wrong character and every swap is caught, and typing habits are forgiven."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.rules.codes import (
    ALPHABET,
    CODE_LENGTH,
    CodeFault,
    check_character,
    code_fault,
    grouped_code,
    new_code,
    normalised_code,
)

BODIES = st.text(ALPHABET, min_size=CODE_LENGTH - 1, max_size=CODE_LENGTH - 1)


@given(BODIES)
def test_every_single_wrong_character_is_caught(body):
    code = body + check_character(body)
    assert code_fault(code) is None
    for place in range(CODE_LENGTH):
        for sign in ALPHABET:
            if sign != code[place]:
                assert code_fault(code[:place] + sign + code[place + 1 :]) is CodeFault.CHECK


@given(BODIES)
def test_every_swap_of_two_different_characters_is_caught(body):
    code = list(body + check_character(body))
    for first in range(CODE_LENGTH):
        for second in range(first + 1, CODE_LENGTH):
            if code[first] != code[second]:
                wrong = code.copy()
                wrong[first], wrong[second] = wrong[second], wrong[first]
                assert code_fault("".join(wrong)) is CodeFault.CHECK


@given(BODIES)
def test_twin_errors_are_caught(body):
    code = body + check_character(body)
    for place in range(CODE_LENGTH - 1):
        if code[place] == code[place + 1]:
            for sign in set(ALPHABET) - {code[place]}:
                assert code_fault(code[:place] + 2 * sign + code[place + 2 :]) is CodeFault.CHECK


def test_new_codes_are_right_different_and_without_easily_confused_letters():
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(code_fault(code) is None for code in codes)
    seen = set("".join(codes))
    assert seen == set(ALPHABET)
    assert not seen & set("ILOU")


@given(BODIES, st.sampled_from(["-", " ", ".", "–", "_", "  "]))
def test_typing_habits_do_not_matter(body, sign):
    code = body + check_character(body)
    typed = sign.join(code[start : start + 4] for start in range(0, 16, 4)).lower()
    sloppy = typed.replace("0", "o").replace("1", "l")
    for text in (typed, sloppy, typed.replace("0", "O").replace("1", "I"), f" {typed}\n"):
        assert normalised_code(text) == code


@given(BODIES)
def test_a_whole_address_may_be_given(body):
    code = body + check_character(body)
    for end in ("", "/", "?x=1", "#abc"):
        assert normalised_code(f"https://bina.example/v/{grouped_code(code)}{end}") == code


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    assert code_fault(normalised_code(text)) in {None, *CodeFault}


def test_faults_are_told_apart():
    assert code_fault("") is CodeFault.EMPTY
    assert code_fault("ABC") is CodeFault.LENGTH
    assert code_fault("U" * 16) is CodeFault.LETTER
    assert code_fault("0" * 15 + "1") is CodeFault.CHECK


def test_groups_of_four_are_printed():
    assert grouped_code("4T8WN5HC2VQJ7K3M") == "4T8W-N5HC-2VQJ-7K3M"
