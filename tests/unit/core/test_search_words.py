"""Words, stems and nearness."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.core.search import highlight
from lms.core.search.families import FAMILIES
from lms.core.search.words import distance, family, grams, stem, terms_of, words_of


def test_words_lose_accents_and_case_and_reduplication():
    assert words_of("Aduan-aduan Énergi E-KTP") == ["aduan", "energi", "ektp", "e", "ktp"]


def test_the_families_hold_what_stems_part():
    assert stem("menilai") != stem("penilaian")
    assert family("menilai") == family("penilaian") == family("nilainya")
    assert family("layanan") == family("pelayanan") == family("melayani")


def test_no_word_is_in_two_families():
    every = [word for one in FAMILIES for word in one]
    assert len(every) == len(set(every))
    assert len(every) >= 200


@given(st.text(max_size=60))
def test_terms_are_safe_for_both_query_languages(text):
    for word in words_of(text):
        for term in terms_of(word):
            assert term.replace("_", "").isalnum()
            assert term.isascii()


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_nearness_is_symmetric_and_bounded(one, other):
    assert distance(one, other, limit=2) == distance(other, one, limit=2) <= 3
    assert (distance(one, other, limit=2) == 0) == (one == other)


def test_a_swap_of_neighbours_is_one_error():
    assert distance("pengadaun", "pengaduan", limit=2) == 1


def test_trigrams_are_those_of_pg_trgm():
    assert grams("cat") == {"  c", " ca", "cat", "at "}


@given(st.text(max_size=80), st.text(max_size=20))
def test_highlighted_pieces_are_the_text_again(text, query):
    assert "".join(piece for piece, _hit in highlight(text, query)) == text


def test_highlight_marks_kin():
    hits = [piece for piece, hit in highlight("Penilaian kinerja pegawai", "menilai") if hit]
    assert hits == ["Penilaian"]
