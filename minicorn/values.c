/*
 * values.c: the values of conditions, as texts that mean the same in Python.
 */
#include "values.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "quals.h"
#include "text.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

static const char *const operators[] = {NULL, "<", "<=", "=", ">=", ">", "<>"};

/*
 * A timestamptz in ISO 8601, in UTC, in a form that Python 3.9 can read; NULL if
 * Python has no datetime for it.
 */
static String *
timestamptz_node(TimestampTz value)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char	   *text;

	if (TIMESTAMP_NOT_FINITE(value) || timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL) != 0 ||
		tm.tm_year < 1 || tm.tm_year > 9999)
		return NULL;
	text = psprintf("%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fsec != 0)
		text = psprintf("%s.%06d", text, (int) fsec);
	return makeString(psprintf("%s+00:00", text));
}

/* A value as a text; NULL if Python has no value for it. */
static String *
datum_node(Datum value, Oid type)
{
	Oid			output;
	bool		is_varlena;
	char	   *text;

	if (type == TIMESTAMPTZOID)
		return timestamptz_node(DatumGetTimestampTz(value));
	if (type == BOOLOID)
		return makeString(DatumGetBool(value) ? "true" : "false");
	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	/* infinity, a year before 1 or after 9999 */
	if ((type == DATEOID || type == TIMESTAMPOID) &&
		(strlen(text) < 10 || text[4] != '-' || strstr(text, "BC") != NULL))
		return NULL;
	if ((type == NUMERICOID || type == FLOAT4OID || type == FLOAT8OID) && strcmp(text, "NaN") == 0)
		return NULL;
	return text_node(text);
}

/*
 * The value of one condition: a string, NULL for a null, or a list of both.
 * Returns false if Python has no value for it or for one of its elements.
 */
static bool
value_node(Datum value, bool isnull, Oid type, bool is_array, void **node)
{
	ArrayType  *array;
	Oid			element;
	int16		length;
	bool		by_value;
	char		alignment;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int			i;

	*node = NULL;
	if (isnull)
		return true;
	if (!is_array)
	{
		*node = datum_node(value, type);
		return *node != NULL;
	}
	array = DatumGetArrayTypeP(value);
	element = ARR_ELEMTYPE(array);
	get_typlenbyvalalign(element, &length, &by_value, &alignment);
	deconstruct_array(array, element, length, by_value, alignment, &values, &nulls, &count);
	for (i = 0; i < count; i++)
	{
		String	   *item = nulls[i] ? NULL : datum_node(values[i], getBaseType(element));

		if (item == NULL && !nulls[i])
			return false;
		*node = lappend(*node, item);
	}
	return true;
}

/*
 * The conditions for Python: column, operator, whether the value is a list,
 * value.  exprs are the expressions' states, or, without econtext, the
 * expressions, of which only constants count.
 */
static List *
qual_nodes(List *quals, List *exprs, Relation rel, ExprContext *econtext)
{
	List	   *nodes = NIL;
	int			level;
	int			i;

	for (i = 0; i < list_length(quals); i++)
	{
		List	   *qual = list_nth(quals, i);
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(rel), linitial_int(qual) - 1);
		Node	   *expr = list_nth(exprs, i);
		Datum		value;
		bool		isnull;
		bool		is_array = lthird_int(qual);
		Oid			type;
		Oid			formatted;
		void	   *node;

		if (econtext != NULL)
		{
			ExprState  *state = (ExprState *) expr;

			value = ExecEvalExpr(state, econtext, &isnull);
			type = getBaseType(exprType((Node *) state->expr));
		}
		else if (IsA(expr, Const))
		{
			value = ((Const *) expr)->constvalue;
			isnull = ((Const *) expr)->constisnull;
			type = getBaseType(((Const *) expr)->consttype);
		}
		else
			continue;

		/* convert in the session's time zone, as PostgreSQL's operators between these types do */
		if (getBaseType(column->atttypid) == TIMESTAMPTZOID && !isnull &&
			(type == DATEOID || type == TIMESTAMPOID))
		{
			int			overflow = 0;

			value = TimestampTzGetDatum(type == DATEOID ?
										date2timestamptz_opt_overflow(DatumGetDateADT(value), &overflow) :
										timestamp2timestamptz_opt_overflow(DatumGetTimestamp(value), &overflow));
			type = TIMESTAMPTZOID;
			if (overflow != 0)
				continue;
		}

		/* in formats that do not depend on the session's settings */
		formatted = is_array ? getBaseType(get_base_element_type(type)) : type;
		level = NewGUCNestLevel();
		if (formatted == DATEOID || formatted == TIMESTAMPOID)
			(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
		else if (formatted == BYTEAOID)
			(void) set_config_option("bytea_output", "hex", PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
		else if (formatted == FLOAT4OID || formatted == FLOAT8OID)
			(void) set_config_option("extra_float_digits", "1", PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
		if (value_node(value, isnull, type, is_array, &node))
			nodes = lappend(nodes, list_make4(text_node(NameStr(column->attname)),
											  makeString(pstrdup(operators[lsecond_int(qual)])),
											  makeInteger(is_array), node));
		AtEOXact_GUC(true, level);
	}
	return nodes;
}

/* The conditions on constants, for planning and EXPLAIN. */
List *
values_constant(List *quals, List *exprs, Relation rel)
{
	return qual_nodes(quals, exprs, rel, NULL);
}

/* The conditions with their current values, for a scan. */
List *
values_evaluate(List *quals, List *states, Relation rel, ExprContext *econtext)
{
	return qual_nodes(quals, states, rel, econtext);
}
