/*
 * calls.h: prototypes for calls.c.
 */
#ifndef MINICORN_CALLS_H
#define MINICORN_CALLS_H

#include "minicorn.h"

#include "nodes/pg_list.h"

extern void python_set_engine(PyObject *module);
extern void python_raise(const char *method) __attribute__((noreturn));
extern PyObject *python_call(const char *method, const char *function,
							 PyObject *object, List *arguments);
extern List *python_texts(const char *method, const char *function,
						  PyObject *object, List *arguments);
extern PyObject *python_next(PyObject *iterator);
extern void python_close(PyObject *iterator, bool raise);
extern bool python_on_stack(void);
extern void python_release(PyObject *object);
extern void python_replace(PyObject **reference, PyObject *object);

#endif
