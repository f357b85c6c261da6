/*
 * text.c: texts and lists between the encodings of Python and of the server.
 */
#include "text.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

/*
 * A node as a Python object: a string in UTF-8 as a str, an integer as an int,
 * a list as a list, and NULL, which is also the empty list, as None.  Bytes
 * that are not UTF-8 (from SQL_ASCII) become surrogates.  Returns a new
 * reference, or NULL with an exception set.
 */
PyObject *
python_from_node(void *node)
{
	PyObject   *list;
	int			i;

	if (node == NULL)
		Py_RETURN_NONE;
	if (IsA(node, String))
		return PyUnicode_DecodeUTF8(strVal(node), strlen(strVal(node)), "surrogateescape");
	if (IsA(node, Integer))
		return PyLong_FromLong(intVal(node));
	list = PyList_New(list_length(node));
	for (i = 0; list != NULL && i < list_length(node); i++)
	{
		PyObject   *item = python_from_node(list_nth(node, i));

		if (item == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

/* A text of the server in UTF-8; from SQL_ASCII the bytes as they are. */
String *
text_node(const char *text)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		return makeString(pstrdup(text));
	return makeString(pg_server_to_any(text, strlen(text), PG_UTF8));
}

/*
 * A text in UTF-8 in the server's encoding, and its length there: the text
 * itself if that is UTF8.  Raises an ERROR if it has a NUL or cannot be converted.
 */
const char *
text_from_utf8(const char *utf8, Py_ssize_t *length)
{
	const char *converted = utf8;

	if (memchr(utf8, '\0', *length) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a text cannot hold a NUL character")));
	if (*length >= (Py_ssize_t) (MaxAllocSize - VARHDRSZ))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a text of %zd bytes is too long", *length)));
	if (GetDatabaseEncoding() != PG_UTF8)
	{
		converted = pg_any_to_server(utf8, *length, PG_UTF8);
		if (converted != utf8)
			*length = strlen(converted);
	}
	return converted;
}
