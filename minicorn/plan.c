/*
 * plan.c: the planning of a scan.
 */
#include "plan.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "calls.h"
#include "executor/executor.h"
#include "instance.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "place.h"
#include "quals.h"
#include "text.h"
#include "utils/rel.h"
#include "values.h"

#define STARTUP_COST 20			/* a class may have to fetch before its first row */

/* The planning of one foreign table, in RelOptInfo.fdw_private. */
typedef struct Planning
{
	List	   *quals;			/* see quals.c */
	List	   *exprs;
	List	   *columns;		/* numbers of the columns used */
} Planning;

/* The names of the columns with these numbers, in UTF-8. */
List *
plan_column_names(Relation rel, List *columns)
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

/* The role as which access is checked: the view's owner for a table in a view. */
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

/*
 * PostgreSQL checks permissions after planning, but planning calls the class.
 * So its check is also made here, for the tables and views of this query and of
 * those that it is a part of: no code of a class runs for a role that lacks a
 * right to one of them.
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
					   list_make2(values_constant(planning->quals, planning->exprs, rel),
								  plan_column_names(rel, planning->columns)));
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

/* All clauses stay in the plan: PostgreSQL checks each row, whatever the class does. */
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

void
plan_set_routine(FdwRoutine *routine)
{
	routine->GetForeignRelSize = get_foreign_rel_size;
	routine->GetForeignPaths = get_foreign_paths;
	routine->GetForeignPlan = get_foreign_plan;
}
