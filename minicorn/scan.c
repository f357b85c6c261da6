/*
 * scan.c: the execution of a scan, and EXPLAIN.
 */
#include "scan.h"

#include "calls.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "executor/executor.h"
#include "instance.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "place.h"
#include "plan.h"
#include "rows.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "values.h"

typedef struct MinicornScan
{
	Relation	rel;
	Oid			userid;			/* the role whose user mapping is used */
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

/* The same role as in planning. */
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
 * The reset of the query's memory ends the scan: EndForeignScan is not called
 * when the query fails.
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

/* Call execute() with the conditions' current values. */
static void
scan_start(ForeignScanState *node, MinicornScan *scan)
{
	MemoryContext previous = MemoryContextSwitchTo(scan->parameters);
	List	   *quals = values_evaluate(scan->quals, scan->states, scan->rel, node->ss.ps.ps_ExprContext);

	if (scan->instance == NULL)
		scan->instance = instance_get(scan->rel, scan->userid);
	scan->iterator = python_call("execute()", "iterate", scan->instance,
								 list_make2(quals, plan_column_names(scan->rel, scan->columns)));
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
	/* a class that ends its rows because of a cancel has not returned all of them */
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
	/* a cursor of PL/Python's is closed by a destructor, over which no error can jump */
	scan_close(scan, !python_on_stack());
	python_replace(&scan->instance, NULL);
	place_pop(&place);
}

static void
explain_foreign_scan(ForeignScanState *node, ExplainState *es)
{
	static PyObject *instance = NULL;	/* survives a jump out of here */
	MinicornScan *scan = node->fdw_state;
	List	   *arguments = list_make3(values_constant(scan->quals, scan->exprs, scan->rel),
									   plan_column_names(scan->rel, scan->columns),
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

void
scan_set_routine(FdwRoutine *routine)
{
	routine->BeginForeignScan = begin_foreign_scan;
	routine->IterateForeignScan = iterate_foreign_scan;
	routine->ReScanForeignScan = rescan_foreign_scan;
	routine->EndForeignScan = end_foreign_scan;
	routine->ExplainForeignScan = explain_foreign_scan;
}
