/*
 * quals.c: the conditions that a class gets.
 *
 * A class gets a condition only if it cannot lose rows by applying it:
 * PostgreSQL checks again the rows that the class returns, but never sees those
 * that it leaves out.  So the operator must belong to the default order of the
 * column's type, a text of that type must mean the same in Python, and the
 * other side must be known before the scan starts.
 *
 * In plans a condition is a list of three integers (column, operator, whether
 * the other side is an array) beside an expression: both can be copied.
 */
#include "quals.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

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

/* Do comparisons of the type's values give the same in Python as in PostgreSQL? */
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
			/* "C" compares bytes, and Python code points: the same order in these encodings only */
			if (equality)
				return OidIsValid(collation) && get_collation_isdeterministic(collation);
			return collation == C_COLLATION_OID &&
				(GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_LATIN1);
		default:
			/* the order of an enum is not that of its texts */
			return equality && type_is_enum(type);
	}
}

/* Do equal values of both types, which are base types, have the same texts? */
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

/* Can values.c write the other side as a text of the column's type? */
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
 * The number of the column of this relation that an operand is, relabelled or
 * not, and its base type; else 0.  Also 0 for a column with a type modifier,
 * which may change a class's value on input: numeric(5,1) rounds.
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
	if (var->varno != (int) relid || var->varlevelsup != 0 || var->varattno <= 0)
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

/* The conditions among the clauses that the class gets. */
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
