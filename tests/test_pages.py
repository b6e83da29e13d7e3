"""The committed notebooks' pages and decks, in a real browser with the network switched off."""

from pathlib import Path

import pytest

import publish
from browser import ADVICE, find_chromium, offline_browser

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("[0-9]*.ipynb"))

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=ADVICE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_slide_fits(path, tmp_path):
    deck = publish.export_deck(path, tmp_path, check=True)  # raises where a slide overflows
    with offline_browser() as browser:
        browser.open(deck)
        assert browser.remote_requests() == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_page_asks_for_nothing_and_fits_a_phone(path, tmp_path):
    page = publish.export_page(path, tmp_path)
    with offline_browser(390, 844) as browser:
        browser.open(page)
        assert browser.remote_requests() == []
        assert browser.sideways_scroll() == 0
