/*
 * quals.c: which conditions a class is told of, and their values.
 *
 * A condition is told when a class that takes it at its word cannot lose a row
 * by it: PostgreSQL rechecks the rows that come, but never sees those that do
 * not.  So the operator must be one of the column type's default order, on a
 * type of which a text means the same in Python, and the other side must be
 * known before the scan starts.
 *
 * In plans a condition is a list of three integers (column, operator, whether
 * the other side is an array) beside an expression: both can be copied.
 */
#include "minicorn.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define NOT_EQUAL (BTMaxStrategyNumber + 1)

static const char *const operators[] = {NULL, "<", "<=", "=", ">=", ">", "<>"};

/* The operator's number in the default order of a type, or 0. */
static int
operator_number(Oid operator, Oid type)
{
	Oid			opfamily = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	Oid			negator;
	int			number;

	if (!OidIsValid(opfamily))
		return 0;
	number = get_op_opfamily_strategy(operator, opfamily);
	if (number != 0)
		return number;
	negator = get_negator(operator);
	if (OidIsValid(negator) &&
		get_op_opfamily_strategy(negator, opfamily) == BTEqualStrategyNumber)
		return NOT_EQUAL;
	return 0;
}

/* Does a class that compares values of the type see what PostgreSQL sees? */
static bool
is_comparable(Oid type, Oid collation, int operator)
{
	bool		equality = operator == BTEqualStrategyNumber || operator == NOT_EQUAL;

	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
		case BYTEAOID:
			return true;
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			/* NaN is the greatest number here, and no number in Python */
			return operator != BTGreaterStrategyNumber && operator != BTGreaterEqualStrategyNumber;
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
			/* "C" compares bytes, which is what Python does only where they are code points */
			if (equality)
				return OidIsValid(collation) && get_collation_isdeterministic(collation);
			return collation == C_COLLATION_OID &&
				(GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_LATIN1);
		default:
			/* an enum has an order of its own */
			return equality && type_is_enum(type);
	}
}

/* Have values of both types the same texts?  Both are base types. */
static bool
is_alike(Oid given, Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return given == INT2OID || given == INT4OID || given == INT8OID;
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
			return given == TEXTOID || given == VARCHAROID || given == NAMEOID;
		default:
			return given == type;
	}
}

/* Is the other side of a type that value_texts() can write as the column's? */
static bool
is_convertible(Node *expr, Oid type, bool is_array)
{
	Oid			given = getBaseType(exprType(expr));

	if (is_array)
		return is_alike(getBaseType(get_base_element_type(given)), type);
	return is_alike(given, type) ||
		(type == TIMESTAMPTZOID && (given == DATEOID || given == TIMESTAMPOID));
}

/*
 * The column of this relation that an operand is, without relabelling, or 0.
 * A type modifier may change a class's value on its way in: numeric(5,1) rounds.
 */
static AttrNumber
column_of(Node *operand, Index relid, Oid *type)
{
	Var		   *var;
	int32		typmod;

	while (operand != NULL && IsA(operand, RelabelType))
		operand = (Node *) ((RelabelType *) operand)->arg;
	if (operand == NULL || !IsA(operand, Var))
		return 0;
	var = (Var *) operand;
	if (var->varno != relid || var->varlevelsup != 0 || var->varattno <= 0)
		return 0;
	typmod = var->vartypmod;
	*type = getBaseTypeAndTypmod(var->vartype, &typmod);
	return typmod < 0 ? var->varattno : 0;
}

/* Can PostgreSQL evaluate it once, before the scan? */
static bool
is_known(PlannerInfo *root, Node *expr)
{
	return bms_is_empty(pull_varnos(root, expr)) &&
		!contain_volatile_functions(expr) && !contain_subplans(expr);
}

/* The conditions among the clauses that can be told. */
void
quals_extract(PlannerInfo *root, RelOptInfo *rel, List *clauses,
			  List **quals, List **exprs)
{
	ListCell   *cell;

	*quals = NIL;
	*exprs = NIL;
	foreach(cell, clauses)
	{
		Expr	   *clause = lfirst_node(RestrictInfo, cell)->clause;
		bool		is_array = IsA(clause, ScalarArrayOpExpr);
		List	   *operands;
		Oid			operator;
		Oid			collation;
		Oid			type = InvalidOid;
		Node	   *other;
		AttrNumber	column;
		int			number;

		if (is_array)
		{
			ScalarArrayOpExpr *array = (ScalarArrayOpExpr *) clause;

			if (!array->useOr)
				continue;
			operands = array->args;
			operator = array->opno;
			collation = array->inputcollid;
		}
		else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
		{
			operands = ((OpExpr *) clause)->args;
			operator = ((OpExpr *) clause)->opno;
			collation = ((OpExpr *) clause)->inputcollid;
		}
		else
			continue;

		column = column_of(linitial(operands), rel->relid, &type);
		other = lsecond(operands);
		if (column == 0 && !is_array)
		{
			column = column_of(other, rel->relid, &type);
			other = linitial(operands);
			operator = get_commutator(operator);
		}
		if (column == 0 || !OidIsValid(operator) || !is_known(root, other))
			continue;
		number = operator_number(operator, type);
		if (number == 0 || (is_array && number != BTEqualStrategyNumber) ||
			!is_comparable(type, collation, number) || !is_convertible(other, type, is_array))
			continue;
		*quals = lappend(*quals, list_make3_int(column, number, is_array));
		*exprs = lappend(*exprs, other);
	}
}

/*
 * A timestamptz in ISO 8601, in UTC, as Python 3.9 reads it, too; NULL for what
 * Python has no datetime for.
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

/* A value as a text; NULL for what Python has no value for. */
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
 * Returns false if Python could not read one.
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

		/* as PostgreSQL's own operators between these types do, in the session's time zone */
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

		/* the session's own formats are none of a class's business */
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
quals_constant(List *quals, List *exprs, Relation rel)
{
	return qual_nodes(quals, exprs, rel, NULL);
}

/* The conditions with their values of now, for a scan. */
List *
quals_evaluate(List *quals, List *states, Relation rel, ExprContext *econtext)
{
	return qual_nodes(quals, states, rel, econtext);
}
