/*
 * text.h: prototypes for text.c.
 */
#ifndef MINICORN_TEXT_H
#define MINICORN_TEXT_H

#include "minicorn.h"

#include "nodes/pg_list.h"

extern String *text_node(const char *text);
extern const char *text_from_utf8(const char *utf8, Py_ssize_t *length);
extern PyObject *python_from_node(void *node);

#endif
