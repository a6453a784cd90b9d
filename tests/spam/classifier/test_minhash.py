from service.spam.classifier.minhash import BINS, Nearest, clusters, fingerprint, similarity

LETTER = (
    "Dear neighbour, our village choir is looking for two tenors and a piano player who can stay until late on "
    "Thursdays; cake is provided, and nobody has to sing alone unless they insist on it."
)


def test_a_text_is_like_itself() -> None:
    assert similarity(fingerprint(LETTER), fingerprint(LETTER)) == 1.0
    assert len(fingerprint(LETTER)) == BINS


def test_a_changed_word_leaves_most_of_it_alike() -> None:
    assert similarity(fingerprint(LETTER), fingerprint(LETTER.replace("Thursdays", "Mondays"))) > 0.5


def test_texts_of_different_words_are_not_alike() -> None:
    other = "The compiler stops with a message that I can't find anywhere in its handbook, even after an update."
    assert similarity(fingerprint(LETTER), fingerprint(other)) < 0.2


def test_another_link_does_not_make_another_text() -> None:
    one, two = (f"Lovely photos, do have a look at mine {link}" for link in ("http://a.example/1", "https://b.example"))
    assert similarity(fingerprint(one), fingerprint(two)) == 1.0


def test_chinese_and_short_texts_have_fingerprints_too() -> None:
    assert similarity(fingerprint("今天天气很好我们去公园"), fingerprint("今天天气很好我们去公园")) == 1.0
    assert fingerprint("ok") == fingerprint("OK")
    assert fingerprint("ok") != fingerprint("no")


def test_a_text_without_words_is_like_nothing() -> None:
    assert fingerprint("!!!") == ()
    assert similarity(fingerprint("!!!"), fingerprint("!!!")) == 0.0


def test_the_nearest_is_found_among_many() -> None:
    nearest = Nearest()
    for number in range(50):
        nearest.add(fingerprint(f"Remark number {number} on a wholly different matter, namely {number * 7} and so on"))
    wanted = nearest.add(fingerprint(LETTER))
    assert nearest.find(fingerprint(LETTER + " Really.")) == wanted
    assert nearest.find(fingerprint("Nothing of the sort has ever been said here before")) is None


def test_clusters_are_numbered_by_their_first() -> None:
    texts = [LETTER, "Something else entirely about bees", LETTER + " Yes.", "", ""]
    assert clusters([fingerprint(text) for text in texts]) == [0, 1, 0, 3, 4]
