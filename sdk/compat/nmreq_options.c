/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a port specification: "@name", "@name=value" and
 * "@name:key=value,key=value".
 */
#include <libnetmap.h>

#include <errno.h>
#include <string.h>

static int refuse(struct nmctx *ctx, const char *what, const char *why)
{
	nmctx_ferror(ctx, "option \"%.200s\": %s", what, why);
	errno = EINVAL;
	return -1;
}

/* Are the `len` bytes at `text` this word? '-' and '_' are the same. */
static int same_word(const char *word, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len && word[i]; i++)
		if (word[i] != text[i] && !((word[i] == '-' || word[i] == '_') &&
					    (text[i] == '-' || text[i] == '_')))
			return 0;
	return i == len && !word[i];
}

static struct nmreq_opt_parser *find_parser(struct nmreq_opt_parser *list,
					    const char *name, size_t len)
{
	for (; list; list = list->next)
		if (same_word(list->prefix, name, len))
			break;
	return list;
}

static const struct nmreq_opt_key *find_key(const struct nmreq_opt_parser *parser,
					    const char *name, size_t len)
{
	int i;

	for (i = 0; i < parser->nr_keys; i++)
		if (same_word(parser->keys[i].key, name, len))
			return &parser->keys[i];
	return NULL;
}

static const struct nmreq_opt_key *default_key(const struct nmreq_opt_parser *parser)
{
	int i;

	if (parser->default_key >= 0 && parser->default_key < parser->nr_keys)
		return &parser->keys[parser->default_key];
	for (i = 0; i < parser->nr_keys; i++)
		if (parser->keys[i].flags & NMREQ_OPTK_DEFAULT)
			return &parser->keys[i];
	return NULL;
}

/* `value`: NULL if there is no "=". */
static int take(struct nmreq_parse_ctx *p, const struct nmreq_opt_key *key,
		const char *value, const char *option)
{
	if ((!value || !*value) && !(key->flags & NMREQ_OPTK_ALLOWEMPTY))
		return refuse(p->ctx, option, "a key has no value");
	if (p->keys[key->id])
		return refuse(p->ctx, option, "a key is given twice");
	p->keys[key->id] = value ? value : "";
	return 0;
}

/* "key=value,key=value"; commas become ends. */
static int take_pairs(struct nmreq_parse_ctx *p, const struct nmreq_opt_parser *parser,
		      char *text, const char *option)
{
	const struct nmreq_opt_key *key;
	char *next, *value;
	size_t len;

	for (; text; text = next) {
		next = strchr(text, ',');
		if (next)
			*next++ = 0;
		len = strcspn(text, "=");
		value = text[len] ? text + len + 1 : NULL;
		key = find_key(parser, text, len);
		if (!key)
			return refuse(p->ctx, option,
				      len ? "it has no such key" : "a key is missing");
		if (take(p, key, value, option))
			return -1;
	}
	return 0;
}

/* What follows the option's name. */
static int take_arguments(struct nmreq_parse_ctx *p,
			  const struct nmreq_opt_parser *parser, char *text,
			  const char *option)
{
	const struct nmreq_opt_key *key;

	if (!*text) {
		if (!(parser->flags & NMREQ_OPTF_ALLOWEMPTY))
			return refuse(p->ctx, option, "=value or :key=value is missing");
		return 0;
	}
	if (*text == ':')
		return take_pairs(p, parser, text + 1, option);
	key = default_key(parser);
	if (!key)
		return refuse(p->ctx, option, "it takes :key=value");
	return take(p, key, text + 1, option);
}

static int check_mandatory(struct nmreq_parse_ctx *p,
			   const struct nmreq_opt_parser *parser, const char *option)
{
	int i;

	for (i = 0; i < parser->nr_keys; i++) {
		const struct nmreq_opt_key *key = &parser->keys[i];

		if ((key->flags & NMREQ_OPTK_MUSTSET) && !p->keys[key->id])
			return refuse(p->ctx, option, "a key that it needs is missing");
	}
	return 0;
}

/* One option, "name...", in memory that may be written; `option` is a copy for
 * messages. */
static int decode_one(char *text, const char *option, struct nmreq_opt_parser *parsers,
		      void *token, struct nmctx *ctx)
{
	struct nmreq_parse_ctx p = {.ctx = ctx, .token = token};
	size_t len = strcspn(text, "=:");
	struct nmreq_opt_parser *parser = find_parser(parsers, text, len);

	if (!parser)
		return refuse(ctx, option, "there is no such option");
	if (__atomic_load_n(&parser->flags, __ATOMIC_RELAXED) & NMREQ_OPTF_DISABLED) {
		nmctx_ferror(ctx, "option \"%.200s\": this program has not enabled it",
			     option);
		errno = EOPNOTSUPP;
		return -1;
	}
	if (take_arguments(&p, parser, text + len, option) ||
	    check_mandatory(&p, parser, option))
		return -1;
	return parser->parse(&p);
}

int nmreq_options_decode(const char *opt, struct nmreq_opt_parser *parsers, void *token,
			 struct nmctx *ctx)
{
	size_t len, size = 2 * (strlen(opt) + 1);
	char *text, *copy;
	int err = 0;

	if (!*opt)
		return 0;
	if (*opt != '@')
		return refuse(ctx, opt, "an option begins with @");
	text = (char *)nmctx_malloc(ctx, size);
	if (!text)
		return -1;
	copy = text + size / 2;
	while (!err && *opt == '@') {
		len = strcspn(++opt, "@");
		memcpy(text, opt, len);
		text[len] = 0;
		memcpy(copy, text, len + 1);
		err = decode_one(text, copy, parsers, token, ctx);
		opt += len;
	}
	nmctx_free(ctx, text);
	return err;
}
