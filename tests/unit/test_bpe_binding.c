/* SPDX-License-Identifier: Apache-2.0
 * The tokenizer's binding: all texts at sizes below and above that of the file, in every variant; wrong encoders;
 * missing files. */
#include "suites/binding_util.h"
#include "suites/bindings.h"

#include <kern/kern.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

extern const struct km_op km_op_bpe_encode_utf8;
extern const struct km_op km_op_bpe_decode_utf8;
static const struct km_op *const op = &km_op_bpe_encode_utf8;

struct input {
    struct km_param params[3];
    struct km_case c;
};

static struct km_case *input(struct input *in, const char *text, int64_t chars, const char *variant)
{
    in->params[0] = (struct km_param){ .name = "text", .word = text };
    in->params[1] = (struct km_param){ .name = "chars", .number = chars };
    in->params[2] = (struct km_param){ .name = "vocabulary", .word = "small" };
    in->c = (struct km_case){
        .params = in->params, .nparams = 3, .variant = variant, .data_dir = "suites/data", .seed = 42
    };
    return &in->c;
}

static void all_texts(void **state)
{
    (void)state;
    static const int64_t sizes[] = { 1, 7, 100, 4096, 150000 };
    for (const char *const *text = op->params[0].words; *text; text++) {
        for (const char *const *variant = op->variants(); *variant; variant++) {
            for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                struct input in;
                struct km_case *c = input(&in, *text, sizes[i], *variant);
                if (op->setup(c) != KM_RIGHT || op->verify(c) != KM_RIGHT)
                    fail_msg("%s, %ld characters, %s: %s", *text, (long)sizes[i], *variant, c->message);
                op->run(c, 5);
                struct km_cost cost = op->cost(c);
                assert_true(cost.items == (double)sizes[i] && cost.flops == 0);
                assert_true(cost.bytes >= cost.items && cost.bytes <= 4 * cost.items);
                assert_string_equal(cost.item, "character");
                op->teardown(c);
            }
        }
    }
}

/* ASCII text has one byte per character; the multilingual one has more. */
static void bytes_are_counted(void **state)
{
    (void)state;
    struct input in;
    struct km_case *c = input(&in, "english", 1000, "ref");
    assert_int_equal(op->setup(c), KM_RIGHT);
    assert_true(op->cost(c).bytes == 1000);
    op->teardown(c);
    c = input(&in, "multilingual", 1000, "ref");
    assert_int_equal(op->setup(c), KM_RIGHT);
    assert_true(op->cost(c).bytes > 1200);
    op->teardown(c);
}

#define ENCODER(name)                                                                                                  \
    static size_t name(const struct kern_bpe *b, uint32_t *ids, size_t cap, const unsigned char *text, size_t len,     \
                       struct kern_bpe_work *work)

ENCODER(one_id_less)
{
    return kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work) - 1;
}

ENCODER(other_last_id)
{
    size_t n = kern_bpe_encode_utf8_ref(b, ids, cap, text, len, work);
    ids[n - 1] ^= 1;
    return n;
}

ENCODER(writes_nothing)
{
    return kern_bpe_encode_utf8_ref(b, ids, 0 * cap, text, len, work);
}

ENCODER(gives_up)
{
    (void)b, (void)ids, (void)cap, (void)text, (void)len, (void)work;
    return KERN_BPE_NONE;
}

static void wrong_encoders_are_caught(void **state)
{
    (void)state;
    kern_bpe_encode_utf8_fn *const wrong[] = { one_id_less, other_last_id, writes_nothing, gives_up };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct input in;
        struct km_case *c = input(&in, "code", 500, "auto");
        assert_int_equal(op->setup(c), KM_RIGHT);
        ((struct bu_state *)c->state)->fn = (bu_function *)wrong[i];
        assert_int_equal(op->verify(c), KM_WRONG);
        assert_non_null(strstr(c->message, "window 0"));
        op->teardown(c);
    }
}

#define DECODER(name)                                                                                                  \
    static size_t name(const struct kern_bpe *b, unsigned char *out, size_t cap, const uint32_t *ids, size_t n)

DECODER(one_byte_less)
{
    return kern_bpe_decode(b, out, cap, ids, n) - 1;
}

DECODER(other_last_byte)
{
    size_t len = kern_bpe_decode(b, out, cap, ids, n);
    out[len - 1] ^= 1;
    return len;
}

static void decoding(void **state)
{
    (void)state;
    static const struct km_op *const decode = &km_op_bpe_decode_utf8;
    kern_bpe_decode_utf8_fn *const wrong[] = { one_byte_less, other_last_byte };
    struct input in;
    struct km_case *c;
    for (const char *const *text = decode->params[0].words; *text; text++) {
        for (const char *const *variant = decode->variants(); *variant; variant++) {
            c = input(&in, *text, 300, *variant);
            in.params[2].word = "large";
            assert_int_equal(decode->setup(c), KM_RIGHT);
            assert_int_equal(decode->verify(c), KM_RIGHT);
            decode->run(c, 5);
            assert_true(decode->cost(c).items == 300);
            decode->teardown(c);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        c = input(&in, "code", 500, "auto");
        assert_int_equal(decode->setup(c), KM_RIGHT);
        ((struct bu_state *)c->state)->fn = (bu_function *)wrong[i];
        assert_int_equal(decode->verify(c), KM_WRONG);
        assert_non_null(strstr(c->message, "window 0"));
        decode->teardown(c);
    }
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct input in;
    struct km_case *c = input(&in, "english", 100, "ref");
    c->data_dir = "no/such/folder";
    assert_int_equal(op->setup(c), KM_CANNOT);
    assert_non_null(strstr(c->message, "no/such/folder/english.txt"));
    c = input(&in, "english", 100, "abacus");
    assert_int_equal(op->setup(c), KM_CANNOT);
    assert_non_null(strstr(c->message, "abacus"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_texts),
        cmocka_unit_test(bytes_are_counted),
        cmocka_unit_test(wrong_encoders_are_caught),
        cmocka_unit_test(decoding),
        cmocka_unit_test(what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
