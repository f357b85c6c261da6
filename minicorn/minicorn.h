/*
 * minicorn.h: what the C files share.
 *
 * minicorn.c  the module, its setting, the handler and the validator
 * fdw.c       planning, scanning, EXPLAIN and IMPORT FOREIGN SCHEMA
 * quals.c     which conditions a class is told of, and their values
 * convert.c   rows of Python values to tuples
 * instance.c  the class, its instances, their options and columns
 * python.c    the interpreter, calls into it, errors and messages out of it
 * interrupt.c a cancel that reaches Python code which does not look
 *
 * Two rules keep Python and PostgreSQL apart.  PostgreSQL's errors jump, so a
 * Python object that must survive a call into PostgreSQL is always owned by
 * something that outlives the jump: a scan, an instance, or a static variable.
 * And no function of PostgreSQL that may jump is called with a Python frame on
 * the stack.
 */
#ifndef MINICORN_H
#define MINICORN_H

#include "postgres.h"

/* Python.h defines these for itself */
#undef _POSIX_C_SOURCE
#undef _XOPEN_SOURCE
#undef HAVE_STRERROR
#undef HAVE_TZNAME
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "utils/rel.h"

/* minicorn.c */
extern char *minicorn_python;	/* setting minicorn.python */

/* fdw.c */
extern void fdw_set_routine(struct FdwRoutine *routine);

/* python.c */
extern void python_start(void);
extern bool python_is_ours(void);
extern void python_raise(const char *method) pg_attribute_noreturn();
extern PyObject *python_call(const char *method, const char *function, PyObject *args);
extern PyObject *python_next(PyObject *iterator);
extern void python_close(PyObject *iterator, bool raise);
extern void python_release(PyObject *object);
extern PyObject *python_str(const char *utf8);
extern char *text_to_utf8(const char *text);
extern char *text_from_utf8(const char *utf8, Py_ssize_t length);

/* instance.c */
extern PyObject *instance_get(Relation rel, Oid userid);
extern List *instance_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid);

/* interrupt.c */
extern int	interrupt_start(void);
extern bool interrupt_pending(void);
extern void python_enter(void);
extern void python_leave(void);

/* quals.c */
extern void quals_extract(PlannerInfo *root, RelOptInfo *rel, List *clauses,
						  List **quals, List **exprs);
extern PyObject *quals_constant(List *quals, List *exprs, Relation rel);
extern PyObject *quals_evaluate(List *quals, List *states, Relation rel,
								ExprContext *econtext);

/* convert.c */
typedef enum
{
	COLUMN_SKIP,				/* dropped, or not used by the query */
	COLUMN_TEXT,
	COLUMN_BOOL,
	COLUMN_BYTEA,
	COLUMN_OTHER				/* by the input function of its type */
} ColumnKind;

typedef struct Column
{
	ColumnKind	kind;
	bool		dropped;
	const char *name;
	const char *type_name;		/* of the base type, for the Python side */
	Oid			ioparam;
	int32		typmod;
	FmgrInfo	input;
} Column;

typedef struct Rows
{
	const char *table;			/* for errors */
	int			natts;
	int			live;			/* columns that are not dropped */
	Column	   *columns;
	const char *current;		/* name of the column at hand, for errors */
	PyObject   *names;			/* tuple of the columns' names, for dict rows */
	PyObject   *row;
	PyObject   *value;
} Rows;

extern void rows_begin(Rows *rows, Relation rel, List *used);
extern void rows_fill(Rows *rows, TupleTableSlot *slot);
extern void rows_clear(Rows *rows);

#endif
