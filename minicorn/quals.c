/*
 * quals.c: which conditions a class is told of, and their values.
 *
 * A condition is told when a class that takes it at its word cannot lose a row
 * by it: PostgreSQL rechecks the rows that come, but never sees those that do
 * not.  So the operator must be one of the column type's default order, on a
 * type whose equality does not depend on a collation, and the other side must
 * be known before the scan starts.
 *
 * In plans a condition is a list of three integers (column, operator, whether
 * the other side is an array) beside an expression: both can be copied.
 */
#include "minicorn.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define NOT_EQUAL (BTMaxStrategyNumber + 1)

static const char *const operators[] = {NULL, "<", "<=", "=", ">=", ">", "<>"};

static bool
collation_is_c(Oid collation)
{
#if PG_VERSION_NUM >= 180000
	return pg_newlocale_from_collation(collation)->collate_is_c;
#else
	return lc_collate_is_c(collation);
#endif
}

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

/*
 * Does a class that compares values of the type see what PostgreSQL sees?  Not
 * where equal strings can differ (character(n), citext, collations that ignore
 * case), where the order is a locale's, or in types that are not built in.
 */
static bool
is_comparable(Oid type, Oid collation, int operator)
{
	Oid			element = get_base_element_type(type);
	Oid			checked = OidIsValid(element) ? element : type;
	char		typtype = get_typtype(checked);
	char		category;
	bool		preferred;

	if (typtype == TYPTYPE_ENUM)
		return true;
	if (typtype != TYPTYPE_BASE || checked >= FirstNormalObjectId)
		return false;
	get_type_category_preferred(checked, &category, &preferred);
	if (category == TYPCATEGORY_STRING &&
		checked != TEXTOID && checked != VARCHAROID && checked != NAMEOID)
		return false;
	if (!OidIsValid(collation))
		return true;
	if (!get_collation_isdeterministic(collation))
		return false;
	return operator == BTEqualStrategyNumber || operator == NOT_EQUAL ||
		collation_is_c(collation);
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_string(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == NAMEOID;
}

/* The other side as the column's type, or as a type with the same texts, or NULL. */
static Expr *
as_column_type(Expr *expr, Oid type, bool is_array)
{
	Oid			given = exprType((Node *) expr);

	if (is_array)
	{
		given = getBaseType(get_base_element_type(getBaseType(given)));
		if (given == type || (is_integer(given) && is_integer(type)) ||
			(is_string(given) && is_string(type)))
			return expr;
		return NULL;
	}
	given = getBaseType(given);
	if (given == type || (is_integer(given) && is_integer(type)) ||
		(is_string(given) && is_string(type)))
		return expr;
	/* such as a date for a timestamptz */
	return (Expr *) coerce_to_target_type(NULL, (Node *) expr, exprType((Node *) expr), type, -1,
										  COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
}

/* The column of this relation that an operand is, without relabelling, or 0. */
static AttrNumber
column_of(Node *operand, Index relid, Oid *type)
{
	Var		   *var;

	while (operand != NULL && IsA(operand, RelabelType))
		operand = (Node *) ((RelabelType *) operand)->arg;
	if (operand == NULL || !IsA(operand, Var))
		return 0;
	var = (Var *) operand;
	if (var->varno != relid || var->varlevelsup != 0 || var->varattno <= 0)
		return 0;
	*type = getBaseType(var->vartype);
	return var->varattno;
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
		Oid			operator;
		Oid			collation;
		Node	   *left;
		Node	   *right;
		Oid			type = InvalidOid;
		AttrNumber	column;
		bool		is_array = IsA(clause, ScalarArrayOpExpr);
		int			number;
		Expr	   *expr;

		if (is_array)
		{
			ScalarArrayOpExpr *array = (ScalarArrayOpExpr *) clause;

			if (!array->useOr)
				continue;
			operator = array->opno;
			collation = array->inputcollid;
			left = linitial(array->args);
			right = lsecond(array->args);
			column = column_of(left, rel->relid, &type);
		}
		else if (IsA(clause, OpExpr) && list_length(((OpExpr *) clause)->args) == 2)
		{
			OpExpr	   *op = (OpExpr *) clause;

			operator = op->opno;
			collation = op->inputcollid;
			left = linitial(op->args);
			right = lsecond(op->args);
			column = column_of(left, rel->relid, &type);
			if (column == 0)
			{
				column = column_of(right, rel->relid, &type);
				right = left;
				operator = get_commutator(operator);
			}
		}
		else
			continue;

		if (column == 0 || !OidIsValid(operator) || !is_known(root, right))
			continue;
		number = operator_number(operator, type);
		if (number == 0 || (is_array && number != BTEqualStrategyNumber) ||
			!is_comparable(type, collation, number))
			continue;
		expr = as_column_type((Expr *) right, type, is_array);
		if (expr == NULL)
			continue;
		*quals = lappend(*quals, list_make3_int(column, number, is_array));
		*exprs = lappend(*exprs, expr);
	}
}

/* A timestamptz in ISO 8601, in UTC: Python 3.9 reads it, too. */
static char *
timestamptz_text(TimestampTz value)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_IS_NOBEGIN(value))
		return pstrdup("-infinity");
	if (TIMESTAMP_IS_NOEND(value))
		return pstrdup("infinity");
	if (timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	if (tm.tm_year <= 0)
		return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00 BC", 1 - tm.tm_year, tm.tm_mon,
						tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fsec);
	if (fsec != 0)
		return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", tm.tm_year, tm.tm_mon,
						tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fsec);
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d+00:00", tm.tm_year, tm.tm_mon,
					tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static char *
datum_text(Datum value, Oid type)
{
	Oid			output;
	bool		is_varlena;

	if (getBaseType(type) == TIMESTAMPTZOID)
		return timestamptz_text(DatumGetTimestampTz(value));
	getTypeOutputInfo(type, &output, &is_varlena);
	return text_to_utf8(OidOutputFunctionCall(output, value));
}

/* The value of one condition: a list of texts for an array, NULL for a null. */
static List *
value_texts(Datum value, bool isnull, Oid type, bool is_array)
{
	List	   *texts = NIL;
	ArrayType  *array;
	Oid			element;
	int16		length;
	bool		by_value;
	char		alignment;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	int			i;

	if (!is_array)
		return list_make1(isnull ? NULL : datum_text(value, type));
	if (isnull)
		return NIL;
	array = DatumGetArrayTypeP(value);
	element = ARR_ELEMTYPE(array);
	get_typlenbyvalalign(element, &length, &by_value, &alignment);
	deconstruct_array(array, element, length, by_value, alignment, &values, &nulls, &count);
	for (i = 0; i < count; i++)
		texts = lappend(texts, nulls[i] ? NULL : datum_text(values[i], element));
	return texts;
}

/* One condition as a tuple for _host.py; NULL with an exception set on failure. */
static PyObject *
qual_tuple(List *qual, const char *column, List *texts)
{
	bool		is_array = lthird_int(qual);
	PyObject   *value = NULL;
	ListCell   *cell;
	Py_ssize_t	i = 0;

	if (!is_array)
		value = python_str(linitial(texts));
	else if ((value = PyList_New(list_length(texts))) != NULL)
	{
		foreach(cell, texts)
		{
			PyObject   *text = python_str(lfirst(cell));

			if (text == NULL)
			{
				Py_CLEAR(value);
				break;
			}
			PyList_SET_ITEM(value, i++, text);
		}
	}
	return Py_BuildValue("(NsON)", python_str(column), operators[lsecond_int(qual)],
						 is_array ? Py_True : Py_False, value);
}

/* A condition with its value: nothing of Python's yet. */
typedef struct QualValue
{
	List	   *qual;
	Oid			type;
	Datum		value;
	bool		isnull;
	char	   *column;
	List	   *texts;
} QualValue;

/* Texts of the values, and then of all a list of tuples; NULL with an exception set on failure. */
static PyObject *
quals_list(QualValue *values, int count, Relation rel)
{
	PyObject   *list;
	int			i;

	if (count > 0)
	{
		/* the session's own formats are none of a class's business */
		static const char *const formats[][2] = {
			{"datestyle", "ISO"}, {"intervalstyle", "postgres"}, {"timezone", "UTC"},
			{"bytea_output", "hex"}, {"extra_float_digits", "1"}
		};
		int			level = NewGUCNestLevel();

		for (i = 0; i < (int) lengthof(formats); i++)
			(void) set_config_option(formats[i][0], formats[i][1], PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
		for (i = 0; i < count; i++)
		{
			QualValue  *value = &values[i];
			AttrNumber	column = linitial_int(value->qual);

			value->column = text_to_utf8(NameStr(TupleDescAttr(RelationGetDescr(rel), column - 1)->attname));
			value->texts = value_texts(value->value, value->isnull, value->type,
									   lthird_int(value->qual));
		}
		AtEOXact_GUC(true, level);
	}

	list = PyList_New(count);
	for (i = 0; list != NULL && i < count; i++)
	{
		PyObject   *item = qual_tuple(values[i].qual, values[i].column, values[i].texts);

		if (item == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

/* The conditions on constants, for planning and EXPLAIN; NULL on failure. */
PyObject *
quals_constant(List *quals, List *exprs, Relation rel)
{
	QualValue  *values = palloc0(sizeof(QualValue) * (list_length(quals) + 1));
	int			count = 0;
	ListCell   *qual;
	ListCell   *expr;

	forboth(qual, quals, expr, exprs)
	{
		if (IsA(lfirst(expr), Const))
		{
			Const	   *constant = lfirst_node(Const, expr);
			QualValue  *value = &values[count++];

			value->qual = lfirst(qual);
			value->type = constant->consttype;
			value->value = constant->constvalue;
			value->isnull = constant->constisnull;
		}
	}
	return quals_list(values, count, rel);
}

/* The conditions with their values of now, for a scan; NULL on failure. */
PyObject *
quals_evaluate(List *quals, List *states, Relation rel, ExprContext *econtext)
{
	QualValue  *values = palloc0(sizeof(QualValue) * (list_length(quals) + 1));
	int			count = 0;
	ListCell   *qual;
	ListCell   *cell;

	forboth(qual, quals, cell, states)
	{
		ExprState  *state = lfirst(cell);
		QualValue  *value = &values[count++];

		value->qual = lfirst(qual);
		value->type = exprType((Node *) state->expr);
		value->value = ExecEvalExpr(state, econtext, &value->isnull);
	}
	return quals_list(values, count, rel);
}
