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
 * settings.c  the session's settings that nothing defines
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

#if PY_VERSION_HEX < 0x03090000
#error "minicorn needs Python 3.9 or later"
#endif

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "nodes/value.h"
#include "utils/rel.h"

#if PG_VERSION_NUM < 140000
#error "minicorn needs PostgreSQL 14 or later"
#elif PG_VERSION_NUM < 150000
typedef Value String;			/* the name that it has since 15 */
#endif

/* minicorn.c */
extern char *minicorn_python;	/* setting minicorn.python */

/* fdw.c */
extern void fdw_set_routine(struct FdwRoutine *routine);

/* python.c */
extern void python_start(void);
extern bool python_is_ours(void);
extern PyObject *python_load(String *path);
extern bool python_on_stack(void);
extern void python_raise(const char *method) __attribute__((noreturn));
extern PyObject *python_call(const char *method, const char *function,
							 PyObject *object, List *arguments);
extern List *python_texts(const char *method, const char *function,
						  PyObject *object, List *arguments);
extern PyObject *python_next(PyObject *iterator);
extern void python_close(PyObject *iterator, bool raise);
extern void python_release(PyObject *object);
extern void python_replace(PyObject **reference, PyObject *object);
extern PyObject *python_from_node(void *node);
extern String *text_node(const char *text);
extern const char *text_from_utf8(const char *utf8, Py_ssize_t *length);

/* instance.c */
extern PyObject *instance_get(Relation rel, Oid userid);
extern List *instance_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid);

/* interrupt.c */
extern int	interrupt_start(void);
extern bool interrupt_in_python(void);
extern bool interrupt_pending(void);
extern void python_enter(void);
extern void python_leave(void);

/* quals.c */
extern void quals_extract(PlannerInfo *root, RelOptInfo *rel, List *clauses,
						  List **quals, List **exprs);
extern List *quals_constant(List *quals, List *exprs, Relation rel);
extern List *quals_evaluate(List *quals, List *states, Relation rel, ExprContext *econtext);

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
	const char *name;			/* for errors */
	String	   *key;			/* the name, for dict rows */
	String	   *type_name;		/* of the base type, for the Python side */
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
	PyObject   *names;			/* list of the columns' keys */
	PyObject   *row;
	PyObject   *value;
} Rows;

extern void rows_begin(Rows *rows, Relation rel, List *used);
extern void rows_fill(Rows *rows, TupleTableSlot *slot);
extern void rows_clear(Rows *rows);

#endif
