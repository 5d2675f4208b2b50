"""What arrives: bytes that no browser sends."""

from __future__ import annotations

import pytest
from flask import Flask, jsonify, request

from lms.web import incoming


@pytest.fixture
def client():
    app = Flask("small")
    incoming.init_app(app)

    @app.route("/<path:name>", methods=["GET", "POST"])
    def echo(name):
        return jsonify(
            path=name, query=request.args.to_dict(), form=request.form.to_dict(), json=request.get_json(silent=True),
            hal=incoming.page_argument(), tahun=incoming.year_argument(2026),
        )  # fmt: skip

    return app.test_client()


def test_zero_bytes_leave_fields_and_names(client):
    sent = client.post("/a?cari=a%00b&%00x=1", data={"na\x00me": "An\x00di"}).get_json()
    assert sent["query"] == {"cari": "ab", "x": "1"}
    assert sent["form"] == {"name": "Andi"}


def test_an_address_with_a_zero_byte_does_not_exist(client):
    assert client.get("/a%00b").status_code == 404


def test_a_query_of_other_bytes_than_utf_8_is_read_as_far_as_it_can_be(client):
    answer = client.get("/a", environ_overrides={"QUERY_STRING": "cari=a\xff&nama=\xc3\xa9"})
    assert answer.get_json()["query"] == {"cari": "a%FF", "nama": "é"}


def test_json_without_end_is_no_json(client):
    assert client.post("/a", data=b"[" * 100_000, content_type="application/json").get_json()["json"] is None


@pytest.mark.parametrize(
    ("query", "page", "year"),
    [
        ("", 1, 2026),
        ("hal=3&tahun=2025", 3, 2025),
        ("hal=0&tahun=0", 1, 2026),
        ("hal=-1&tahun=-1", 1, 2026),
        ("hal=99999999999999999999&tahun=99999999999999999999", 1, 2026),
        ("hal=x&tahun=", 1, 2026),
        ("hal=" + "9" * 5000, 1, 2026),
    ],
)
def test_numbers_of_the_query_are_bounded(client, query, page, year):
    found = client.get(f"/a?{query}").get_json()
    assert (found["hal"], found["tahun"]) == (page, year)
