"""Adding up over the tree: nothing is lost, nothing counted twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.reporting.rules import NOBODY, Counts, Node, by_need, roll_up, total

small = st.integers(0, 9)
counts = st.builds(lambda m, b, n: Counts(m + b + n, m, b, n), small, small, small)


@st.composite
def trees(draw):
    parents = draw(st.lists(st.integers(0, 5), max_size=7))
    nodes = [Node(1, "U1", "Unit 1", "/1/", None)]
    for number, parent in enumerate(parents, 2):
        above = nodes[min(parent, len(nodes) - 1)]
        nodes.append(Node(number, f"U{number}", f"Unit {number}", f"{above.path}{number}/", above.id))
    cells = draw(st.dictionaries(st.tuples(st.integers(1, len(nodes)), st.integers(1, 3)), counts, max_size=10))
    return nodes, cells


@given(trees(), st.integers(1, 8))
def test_rows_of_the_first_depth_add_up_to_the_totals(tree, opened):
    nodes, cells = tree
    lines, totals = roll_up(nodes[0], nodes, cells, opened=f"U{opened}")
    for competency in {key[1] for key in cells}:
        rows = total(line.cells.get(competency, NOBODY) for line in lines if line.depth == 0)
        assert rows == totals.get(competency, NOBODY)
        assert rows == total(value for key, value in cells.items() if key[1] == competency)


@given(trees())
def test_an_opened_unit_equals_the_sum_of_its_rows(tree):
    nodes, cells = tree
    for node in nodes[1:]:
        lines, _totals = roll_up(nodes[0], nodes, cells, opened=node.code)
        whole = next((line for line in lines if line.node.id == node.id and line.is_open), None)
        if whole is None:
            continue
        inner = [line for line in lines if line.depth == 1]
        for competency in {key[1] for key in cells}:
            assert total(line.cells.get(competency, NOBODY) for line in inner) == whole.cells.get(competency, NOBODY)


@given(counts)
def test_shares_leave_out_those_without_evidence(cell):
    assert cell.assessed == cell.people - cell.no_evidence
    if cell.assessed:
        assert 0 <= cell.share <= 1
        assert cell.share == cell.below / cell.assessed
    else:
        assert cell.share is None
    assert cell.is_small == (cell.assessed in {1, 2})


def test_the_largest_share_comes_first_and_then_the_most_people():
    cells = [Counts(10, 5, 5, 0), Counts(4, 0, 4, 0), Counts(20, 10, 10, 0), NOBODY]
    assert sorted(cells, key=by_need) == [cells[1], cells[2], cells[0], cells[3]]
