/*
 * settings.c: the session's settings that nothing defines.
 *
 * PostgreSQL accepts any "prefix.name" as a setting, so a misspelled one has no
 * effect, gives no error, and is in no view.  SQL that reads the settings of a
 * prefix can call this to find the ones that are set, and refuse those that it
 * does not know.  Only names are returned: current_setting() returns the values.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

PG_FUNCTION_INFO_V1(minicorn_settings);

/* As in the names of settings, only ASCII letters are folded, whatever the locale is. */
static bool
has_prefix(const char *name, const char *prefix)
{
	for (; *prefix != '\0'; name++, prefix++)
		if (pg_ascii_tolower((unsigned char) *name) != pg_ascii_tolower((unsigned char) *prefix))
			return false;
	return true;
}

/* A setting that was reset, or was local, remains without a value. */
static bool
has_value(struct config_generic *setting)
{
	char	   *value = *((struct config_string *) setting)->variable;

	return value != NULL && value[0] != '\0';
}

/*
 * A name as a text.  A name from a file or another database can be invalid in
 * this one's encoding: its bytes that are not ASCII become question marks.
 */
static text *
readable_text(const char *name)
{
	char	   *copy = pstrdup(name);
	char	   *c;

	if (!pg_verifymbstr(copy, strlen(copy), true))
		for (c = copy; *c != '\0'; c++)
			if (IS_HIGHBIT_SET(*c))
				*c = '?';
	return cstring_to_text(copy);
}

static List *
names_with_prefix(const char *prefix)
{
	List	   *names = NIL;
	int			count;
	int			i;
#if PG_VERSION_NUM >= 160000
	struct config_generic **settings = get_guc_variables(&count);
#else
	struct config_generic **settings = get_guc_variables();

	count = GetNumConfigOptions();
#endif

	for (i = 0; i < count; i++)
		if ((settings[i]->flags & GUC_CUSTOM_PLACEHOLDER) != 0 &&
			has_prefix(settings[i]->name, prefix) && has_value(settings[i]))
			names = lappend(names, readable_text(settings[i]->name));
	return names;
}

Datum
minicorn_settings(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	List	   *names;
	Datum		name;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext previous;

		context = SRF_FIRSTCALL_INIT();
		previous = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		context->user_fctx = names_with_prefix(text_to_cstring(PG_GETARG_TEXT_PP(0)));
		MemoryContextSwitchTo(previous);
	}
	context = SRF_PERCALL_SETUP();
	names = context->user_fctx;
	if (context->call_cntr >= (uint64) list_length(names))
		SRF_RETURN_DONE(context);
	/* not in the macro, which evaluates its argument after it has incremented call_cntr */
	name = PointerGetDatum(list_nth(names, context->call_cntr));
	SRF_RETURN_NEXT(context, name);
}
