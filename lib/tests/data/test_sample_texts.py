from tokenworks.data.sample_texts import samples


def test_words_are_what_stands_between_spaces_except_in_chinese():
    by_name = {sample.name: sample for sample in samples()}
    assert {"english", "german", "chinese", "code", "digits"} == set(by_name)
    for name in by_name.keys() - {"chinese"}:
        assert by_name[name].words == len(by_name[name].text.split())


def test_the_hand_count_of_the_chinese_words():
    words = "人人 生 而 自由 在 尊严 和 权利 上 一律 平等 "
    words += "他们 赋有 理性 和 良心 并 应 以 兄弟 关系 的 精神 相 对待"
    chinese = next(sample for sample in samples() if sample.name == "chinese")
    assert words.replace(" ", "") == chinese.text.translate(str.maketrans("", "", "，。"))
    assert chinese.words == len(words.split())
