/*
 * minicorn.h: what every file needs: PostgreSQL, Python, and the rules for both.
 *
 * Each file has a header of its own.  A file includes those of files further
 * down only:
 *
 * minicorn.c     the module, the handler and the validator
 * settings.c     the session's settings that nothing defines
 * scan.c         the execution of a scan, and EXPLAIN
 * plan.c         the planning of a scan
 * place.c        the CONTEXT of errors
 * rows.c         rows of Python values to tuples
 * values.c       the values of conditions
 * quals.c        the conditions that a class gets
 * instance.c     the class, its instances, their options and columns
 * interpreter.c  which Python runs in a session, and its start
 * calls.c        calls into Python, and the errors that come out of them
 * backend.c      the module _minicorn: messages and pending cancels for Python
 * interrupt.c    a cancel that reaches Python code that does not check for one
 * text.c         texts between the encodings of Python and of the server
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

#include "nodes/value.h"

#if PG_VERSION_NUM < 140000
#error "minicorn needs PostgreSQL 14 or later"
#elif PG_VERSION_NUM < 150000
typedef Value String;			/* the name that it has since 15 */
#endif

#endif
