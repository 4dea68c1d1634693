"""Elements are well-formed whatever is put into them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from hybrid.markup import Markup, element, table

_TEXTS = ["plain", "<b>", "a & b", "\"'", "]]>", "&amp;", "層", "a\tb", "\x00\x08\x1f", "\ud800", "\ufffe"]


@pytest.mark.parametrize("text", _TEXTS)
def test_texts_and_attributes_come_back(text: str) -> None:
    root = ElementTree.fromstring(element("p", text, element("b", text), data_x=text))
    clean = "".join("\ufffd" if c in "\x00\x08\x1f\ud800\ufffe" else c for c in text)
    assert root.text == clean and root[0].text == clean
    # XML reads any white space of an attribute as a space.
    assert root.attrib["data-x"] == clean.replace("\t", " ")


def test_markup_is_not_escaped_again() -> None:
    inner = element("b", "<")
    assert element("p", inner) == "<p><b>&lt;</b></p>"
    assert Markup.of(inner) is inner
    assert Markup.join([inner, "<"], ", ") == "<b>&lt;</b>, &lt;"


def test_attributes_that_are_nothing_are_left_out() -> None:
    assert element("p", open=None, hidden=False, class_="x", title="") == '<p class="x" title=""></p>'


def test_empty_elements_are_closed() -> None:
    assert element("rect", width=0) == '<rect width="0"/>'
    assert element("div") == "<div></div>"
    assert element("line", element("title", "t")) == "<line><title>t</title></line>"


def test_table_holds_its_cells() -> None:
    root = ElementTree.fromstring(table(["a", "b"], [["<1>", 2], ["3", 4]], right=(1,)))
    assert [cell.text for cell in root.iter("td")] == ["<1>", "2", "3", "4"]
    assert [("right" in cell.attrib["style"]) for cell in root.iter("th")] == [False, True]
