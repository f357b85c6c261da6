/*
 * fdw.c: planning, scanning, EXPLAIN and IMPORT FOREIGN SCHEMA.
 */
#include "minicorn.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "executor/executor.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/memutils.h"

#define STARTUP_COST 20			/* a class may have to fetch before its first row */

/* What the planning of one foreign table keeps in RelOptInfo.fdw_private */
typedef struct Planning
{
	List	   *quals;			/* see quals.c */
	List	   *exprs;
	List	   *columns;		/* numbers of the columns used */
} Planning;

/* What a plan's fdw_private is a list of */
enum
{
	PRIVATE_QUALS,
	PRIVATE_COLUMNS
};

typedef struct MinicornScan
{
	Relation	rel;
	Oid			userid;			/* whose user mapping counts */
	List	   *quals;
	List	   *exprs;
	List	   *states;			/* the expressions' */
	List	   *columns;
	MemoryContext parameters;	/* values of the conditions, until the next rescan */
	PyObject   *instance;
	PyObject   *iterator;		/* NULL before the first row and after the last */
	bool		done;
	Rows		rows;
	MemoryContextCallback callback;
} MinicornScan;

/* Where errors come from: CONTEXT. */
typedef struct Place
{
	const char *table;
	Rows	   *rows;
	ErrorContextCallback callback;
} Place;

static void
place_callback(void *arg)
{
	Place	   *place = arg;

	if (place->rows != NULL && place->rows->current != NULL)
		errcontext("foreign table \"%s\", column \"%s\"", place->table, place->rows->current);
	else
		errcontext("foreign table \"%s\"", place->table);
}

static void
place_push(Place *place, Relation rel, Rows *rows)
{
	place->table = RelationGetRelationName(rel);
	place->rows = rows;
	place->callback.callback = place_callback;
	place->callback.arg = place;
	place->callback.previous = error_context_stack;
	error_context_stack = &place->callback;
}

static void
place_pop(Place *place)
{
	error_context_stack = place->callback.previous;
}

/* The names of the columns used. */
static List *
column_nodes(Relation rel, List *columns)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		names = lappend(names, text_node(NameStr(TupleDescAttr(RelationGetDescr(rel), lfirst_int(cell) - 1)->attname)));
	return names;
}

/* The numbers of the columns that the query uses. */
static List *
columns_used(RelOptInfo *baserel, Relation rel)
{
	Bitmapset  *attributes = NULL;
	List	   *columns = NIL;
	ListCell   *cell;
	int			i;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &attributes);
	foreach(cell, baserel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, baserel->relid, &attributes);

	for (i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		if (TupleDescAttr(RelationGetDescr(rel), i - 1)->attisdropped)
			continue;
		if (bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, attributes) ||
			bms_is_member(i - FirstLowInvalidHeapAttributeNumber, attributes))
			columns = lappend_int(columns, i);
	}
	return columns;
}

/* The role that access is checked as: a view's owner for a table in a view. */
static Oid
planning_userid(PlannerInfo *root, RelOptInfo *baserel)
{
#if PG_VERSION_NUM >= 160000
	Oid			userid = baserel->userid;
#else
	Oid			userid = planner_rt_fetch(baserel->relid, root)->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

static Oid
execution_userid(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
#if PG_VERSION_NUM >= 160000
	Oid			userid = plan->checkAsUser;
#else
	Oid			userid = exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

/*
 * PostgreSQL checks permissions after planning, which asks the class.  So its
 * check is made here, too, for the tables and views of this query and of those
 * that it is a part of: no code of a class runs for a role that lacks a right
 * to one of them.
 */
static void
check_permissions(PlannerInfo *root)
{
	for (; root != NULL; root = root->parent_root)
#if PG_VERSION_NUM >= 160000
		(void) ExecCheckPermissions(root->parse->rtable, root->parse->rteperminfos, true);
#else
		(void) ExecCheckRTPerms(root->parse->rtable, true);
#endif
}

static void
get_foreign_rel_size(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	static PyObject *instance = NULL;	/* survives a jump out of here */
	Planning   *planning = palloc0(sizeof(Planning));
	Relation	rel = table_open(foreigntableid, NoLock);
	Oid			userid = planning_userid(root, baserel);
	PyObject   *size;
	Place		place;

	check_permissions(root);
	place_push(&place, rel, NULL);
	baserel->fdw_private = planning;
	quals_extract(root, baserel, baserel->baserestrictinfo, &planning->quals, &planning->exprs);
	planning->columns = columns_used(baserel, rel);

	python_replace(&instance, instance_get(rel, userid));
	size = python_call("get_rel_size()", "rel_size", instance,
					   list_make2(quals_constant(planning->quals, planning->exprs, rel),
								  column_nodes(rel, planning->columns)));
	python_replace(&instance, NULL);
	baserel->rows = clamp_row_est(PyFloat_AsDouble(PyTuple_GET_ITEM(size, 0)));
	baserel->reltarget->width = (int) PyLong_AsLong(PyTuple_GET_ITEM(size, 1));
	Py_DECREF(size);
	place_pop(&place);
	table_close(rel, NoLock);
}

static void
get_foreign_paths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	Cost		startup = STARTUP_COST + baserel->baserestrictcost.startup;
	Cost		total = startup +
		baserel->rows * (cpu_tuple_cost + baserel->baserestrictcost.per_tuple);

	add_path(baserel, (Path *)
			 create_foreignscan_path(root, baserel, NULL, baserel->rows,
#if PG_VERSION_NUM >= 180000
									 0,
#endif
									 startup, total, NIL, baserel->lateral_relids, NULL,
#if PG_VERSION_NUM >= 170000
									 NIL,
#endif
									 NIL));
}

/* All clauses stay in the plan: PostgreSQL checks what a class was only told. */
static ForeignScan *
get_foreign_plan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
				 ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	Planning   *planning = baserel->fdw_private;

	return make_foreignscan(tlist, extract_actual_clauses(scan_clauses, false), baserel->relid,
							planning->exprs,
							list_make2(planning->quals, planning->columns),
							NIL, NIL, outer_plan);
}

static void
scan_close(MinicornScan *scan, bool raise)
{
	PyObject   *iterator = scan->iterator;

	scan->iterator = NULL;
	rows_clear(&scan->rows);
	if (iterator != NULL)
		python_close(iterator, raise);
}

/*
 * The end of the query's memory ends the scan, whether or not the executor was
 * shut down: it is not when the query fails.
 */
static void
scan_callback(void *arg)
{
	MinicornScan *scan = arg;

	scan_close(scan, false);
	python_replace(&scan->instance, NULL);
}

static void
begin_foreign_scan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	MinicornScan *scan = palloc0(sizeof(MinicornScan));

	node->fdw_state = scan;
	scan->rel = node->ss.ss_currentRelation;
	scan->userid = execution_userid(node);
	scan->quals = list_nth(plan->fdw_private, PRIVATE_QUALS);
	scan->columns = list_nth(plan->fdw_private, PRIVATE_COLUMNS);
	scan->exprs = plan->fdw_exprs;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	scan->states = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	scan->parameters = AllocSetContextCreate(CurrentMemoryContext, "minicorn parameters",
											 ALLOCSET_SMALL_SIZES);
	rows_begin(&scan->rows, scan->rel, scan->columns);
	scan->callback.func = scan_callback;
	scan->callback.arg = scan;
	MemoryContextRegisterResetCallback(node->ss.ps.state->es_query_cxt, &scan->callback);
}

/* Call execute() with the conditions' values of now. */
static void
scan_start(ForeignScanState *node, MinicornScan *scan)
{
	MemoryContext previous = MemoryContextSwitchTo(scan->parameters);
	List	   *quals = quals_evaluate(scan->quals, scan->states, scan->rel, node->ss.ps.ps_ExprContext);

	if (scan->instance == NULL)
		scan->instance = instance_get(scan->rel, scan->userid);
	scan->iterator = python_call("execute()", "iterate", scan->instance,
								 list_make2(quals, column_nodes(scan->rel, scan->columns)));
	MemoryContextSwitchTo(previous);
	MemoryContextReset(scan->parameters);
}

static TupleTableSlot *
iterate_foreign_scan(ForeignScanState *node)
{
	MinicornScan *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	Place		place;

	ExecClearTuple(slot);
	if (scan->done)
		return slot;

	place_push(&place, scan->rel, &scan->rows);
	if (scan->iterator == NULL)
		scan_start(node, scan);
	python_replace(&scan->rows.row, python_next(scan->iterator));
	/* a class that ends its rows because of a cancel must not look complete */
	CHECK_FOR_INTERRUPTS();
	if (scan->rows.row != NULL)
	{
		rows_fill(&scan->rows, slot);
		ExecStoreVirtualTuple(slot);
	}
	else
	{
		scan->done = true;
		scan_close(scan, true);
	}
	place_pop(&place);
	return slot;
}

static void
rescan_foreign_scan(ForeignScanState *node)
{
	MinicornScan *scan = node->fdw_state;
	Place		place;

	place_push(&place, scan->rel, NULL);
	scan_close(scan, true);
	scan->done = false;
	place_pop(&place);
}

static void
end_foreign_scan(ForeignScanState *node)
{
	MinicornScan *scan = node->fdw_state;
	Place		place;

	if (scan == NULL)
		return;
	place_push(&place, scan->rel, NULL);
	/* a cursor of PL/Python's is closed by a destructor, which cannot take an error */
	scan_close(scan, !python_on_stack());
	python_replace(&scan->instance, NULL);
	place_pop(&place);
}

static void
explain_foreign_scan(ForeignScanState *node, ExplainState *es)
{
	static PyObject *instance = NULL;	/* survives a jump out of here */
	MinicornScan *scan = node->fdw_state;
	List	   *arguments = list_make3(quals_constant(scan->quals, scan->exprs, scan->rel),
									   column_nodes(scan->rel, scan->columns),
									   makeInteger(es->verbose));
	List	   *texts;
	ListCell   *cell;
	Place		place;

	place_push(&place, scan->rel, NULL);
	python_replace(&instance, instance_get(scan->rel, scan->userid));
	texts = python_texts("explain()", "explain", instance, arguments);
	python_replace(&instance, NULL);

	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		if (texts != NIL)
			ExplainPropertyList("Python", texts, es);
	}
	else
		foreach(cell, texts)
			ExplainPropertyText("Python", lfirst(cell), es);
	place_pop(&place);
}

/* No ExecForeignInsert and the like: PostgreSQL refuses to write. */
void
fdw_set_routine(FdwRoutine *routine)
{
	routine->GetForeignRelSize = get_foreign_rel_size;
	routine->GetForeignPaths = get_foreign_paths;
	routine->GetForeignPlan = get_foreign_plan;
	routine->BeginForeignScan = begin_foreign_scan;
	routine->IterateForeignScan = iterate_foreign_scan;
	routine->ReScanForeignScan = rescan_foreign_scan;
	routine->EndForeignScan = end_foreign_scan;
	routine->ExplainForeignScan = explain_foreign_scan;
	routine->ImportForeignSchema = instance_import_schema;
}
