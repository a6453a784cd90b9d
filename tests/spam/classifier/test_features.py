from service.spam.classifier.features import BITS, MOST_WORDS, Sample, features, hashed, split, tokens


def names(kind: str, sample: Sample) -> set[str]:
    return {name for found, name in tokens(sample) if found == kind}


def test_words_and_pairs_are_tokens() -> None:
    sample = Sample("Fresh bread daily")
    assert {"fresh", "bread", "daily"} <= names("word", sample)
    assert "fresh bread" in names("pair", sample)


def test_mathematical_letters_are_read_as_plain_ones() -> None:
    assert "casino" in names("word", Sample("𝐂𝐀𝐒𝐈𝐍𝐎 tonight"))
    assert "casino" in names("word", Sample("ｃａｓｉｎｏ tonight"))


def test_spaced_out_words_are_closed_up() -> None:
    assert "casino" in names("word", Sample("the best c a s i n o in town"))
    assert "casino" in names("word", Sample("the best c.a.s.i.n.o in town"))


def test_cyrillic_letters_among_latin_ones_are_folded_and_noticed() -> None:
    sample = Sample("the best саsіnо in town")
    assert "casino" in names("word", sample)
    assert "look-alike letters=1" in names("shape", sample)


def test_a_russian_word_stays_russian() -> None:
    assert "казино" in names("word", Sample("Лучшее казино"))


def test_zero_width_characters_do_not_split_a_word() -> None:
    sample = Sample("cas\u200bino")
    assert "casino" in names("word", sample)
    assert "invisible characters=1" in names("shape", sample)


def test_chinese_is_read_in_pairs_of_characters() -> None:
    assert split("今天天气") == ["今天", "天天", "天气"]


def test_parts_of_links_are_tokens_of_their_own_and_not_words() -> None:
    sample = Sample("see https://www.cheap-shoes.co.uk/red/sale?x=1 now")
    assert "cheap-shoes.co.uk" in names("host", sample)
    assert {"cheap", "shoes", "red"} <= names("link word", sample)
    assert "shoes" not in names("word", sample)


def test_the_website_counts_as_a_link_with_traits_of_its_own() -> None:
    sample = Sample("Lovely.", "Cheap Shoes", "", "http://cheapshoes.example")
    assert {"website", "author is the website"} <= names("shape", sample)
    assert "cheapshoes.example" in names("host", sample)


def test_a_topic_is_found_in_text_author_and_host() -> None:
    sample = Sample("play roulette", "Casino King", "", "http://bestonlinecasino.example")
    assert {"casino", "author casino", "link casino"} <= names("topic", sample)


def test_the_address_of_a_commenter_is_not_kept_only_its_domain() -> None:
    sample = Sample("hello", "Ines", "ines.1990@mail.example")
    assert "mail.example" in names("mail", sample)
    assert not any("ines.1990" in name for _, name in tokens(sample))


def test_an_empty_comment_still_has_a_shape() -> None:
    assert tokens(Sample(""))


def test_a_long_comment_is_cut_by_words() -> None:
    assert len(split("word " * 5000)) == MOST_WORDS


def test_hashes_are_the_same_on_every_machine() -> None:
    assert hashed("word", "casino") == hashed("word", "casino") != hashed("author", "casino")
    assert hashed("word", "casino") == 882762
    assert all(0 <= at < 1 << BITS for at, _ in features(tokens(Sample("any text at all"))))


def test_values_shrink_with_the_number_of_tokens_of_a_kind() -> None:
    few, many = (
        dict(zip(t, features(t), strict=True)) for t in (tokens(Sample("one")), tokens(Sample("one two three")))
    )
    assert few["word", "one"][1] > many["word", "one"][1]
