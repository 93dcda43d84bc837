"""Where long texts are cut."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from smsc.sms.alphabet import ESC, encode_gsm7
from smsc.sms.breaks import count_gsm7_parts, count_ucs2_parts, gsm7_ends, ucs2_ends

ROOM = 134  # octets of a UCS-2 part
UNITS = ROOM // 2

CLUSTERS = [
    "ក្ដី",
    "ស្ត្រី",
    "ខ្មែរ"[:4],
    "ຫຼື",
    "ເກົ້",
    "ນ້ຳ",
    "เก้",
    "กำ",
    "ไม้",
    "ကျွ",
    "န္ဒ",
    "င်္ဂ",
    "क्षि",
    "👩\u200d👩\u200d👧\u200d👦",
    "👍🏽",
    "🇰🇭",
    "1\ufe0f\u20e3",
    "e\u0301",
    "ж",
]
clustered = st.lists(st.sampled_from([*CLUSTERS, " ", "a"]), min_size=30, max_size=160)


def cut(text: str) -> list[str]:
    octets = text.encode("utf-16-be")
    ends = ucs2_ends(octets, ROOM)
    return [
        octets[start:end].decode("utf-16-be") for start, end in zip([0, *ends], ends, strict=False)
    ]


def units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2


def fewest(pieces: list[str], room: int) -> int:
    """Count parts if each takes as many whole pieces as fit: the definition, plainly."""
    count, used = 1, 0
    for piece in pieces:
        if used + units(piece) > room:
            count, used = count + 1, 0
        used += units(piece)
    return count


@given(st.text(alphabet=st.characters() | st.sampled_from(" 😀ក្"), min_size=UNITS, max_size=500))
@settings(max_examples=300)
def test_parts_are_as_few_as_whole_characters_allow_and_none_is_cut(text: str) -> None:
    text = text.encode("utf-16-be", "replace").decode("utf-16-be")
    parts = cut(text)
    assert "".join(parts) == text
    assert all(units(part) <= UNITS for part in parts)
    assert (
        len(parts) == fewest(list(text), UNITS) == count_ucs2_parts(text.encode("utf-16-be"), ROOM)
    )


@given(clustered)
@settings(max_examples=400)
def test_no_cluster_is_cut_where_that_costs_no_part(clusters: list[str]) -> None:
    text = "".join(clusters)
    parts = cut(text)
    assert len(parts) == fewest(list(text), UNITS)
    if fewest(clusters, UNITS) > len(parts):
        return
    edges = {units("".join(clusters[:n])) for n in range(len(clusters) + 1)}
    ends = [units("".join(parts[: n + 1])) for n in range(len(parts))]
    assert [end for end in ends if end not in edges] == []


@given(st.text(alphabet="ab €[\n", min_size=1, max_size=900))
@settings(max_examples=300)
def test_gsm_parts_are_as_few_as_can_be_and_no_escape_is_cut(text: str) -> None:
    septets = encode_gsm7(text)
    ends = gsm7_ends(septets, 153)
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    assert max(sizes) <= 153
    assert all(septets[end - 1] != ESC for end in ends if end)
    count, used = 1, 0
    for character in text:
        size = len(encode_gsm7(character))
        if used + size > 153:
            count, used = count + 1, 0
        used += size
    assert len(ends) == count
    assert count_gsm7_parts(septets, 153) == count


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda text: unicodedata.name(text[0]))
def test_a_cluster_at_the_border_moves_to_the_next_part_whole(cluster: str) -> None:
    first, second = cut("ж" * (UNITS - 1 - (units(cluster) == 1)) + cluster + "ж" * 20)
    assert second.startswith(cluster) or first.endswith(cluster)
    assert len(first + second) == len("ж" * (UNITS - 1 - (units(cluster) == 1)) + cluster) + 20


def test_a_part_ends_after_a_word_where_that_is_free() -> None:
    first, second = cut("слово " * 15)
    assert first.endswith("слово ")
    assert second.startswith("слово")
    septets = encode_gsm7("words " * 30)
    assert gsm7_ends(septets, 153) == [150, 180]


def test_a_word_is_cut_where_keeping_it_would_cost_a_part() -> None:
    text = ("ж" * 13 + " ") * 9 + "ж" * 8  # 134 units: two parts, full to the last
    assert [units(part) for part in cut(text)] == [67, 67]


def test_a_space_is_not_bought_with_a_cluster() -> None:
    """A break at the space would leave the next border only inside the family."""
    family = "👩\u200d👩\u200d👧\u200d👦"
    text = "ж" * 55 + " " + family + "ж" * 56 + family
    parts = cut(text)
    assert len(parts) == fewest(list(text), UNITS)
    assert all(
        part.count(family) * units(family) + part.count("ж") + part.count(" ") == units(part)
        for part in parts
    )


def test_a_cluster_longer_than_a_part_is_cut_all_the_same() -> None:
    text = "z" + "\u0301" * 150
    assert [units(part) for part in cut(text)] == [67, 67, 17]


def test_the_signs_that_stack_a_consonant_keep_it() -> None:
    joined = "ก" * (UNITS - 1) + "เ" + "ก้า"
    assert cut(joined)[0] == "ก" * (UNITS - 1)
    assert len(list(iter_graphemes("เก้"))) == 2  # UAX #29 alone would cut them
