/*
 * calls.c: calls into Python, and the errors that come out of them.
 */
#include "calls.h"

#include "backend.h"
#include "interrupt.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "text.h"
#include "utils/guc.h"

static PyObject *engine = NULL;	/* module multicorn._engine */

/* Set the module whose functions are called; the reference is stolen. */
void
python_set_engine(PyObject *module)
{
	engine = module;
}

/* Take the current exception, with its traceback. */
static PyObject *
take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
	return PyErr_GetRaisedException();
#else
	PyObject   *type;
	PyObject   *value;
	PyObject   *traceback;

	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	if (value != NULL && traceback != NULL)
		PyException_SetTraceback(value, traceback);
	Py_XDECREF(type);
	Py_XDECREF(traceback);
	return value;
#endif
}

/* The exception's description by _engine.describe(): strings only, or NULL. */
static PyObject *
describe_exception(void)
{
	PyObject   *exception;
	PyObject   *description = NULL;

	python_enter();
	exception = take_exception();
	if (exception != NULL && engine != NULL)
		description = PyObject_CallMethod(engine, "describe", "Oi", exception,
										  log_min_messages <= DEBUG1);
	PyErr_Clear();
	/* frames and locals go here, and whatever code their destructors have */
	Py_XDECREF(exception);
	PyErr_Clear();
	python_leave();
	backend_forget_error();
	return description;
}

/* A text of a description, copied into the current memory context, or NULL. */
static char *
copy_text(PyObject *description, Py_ssize_t index)
{
	PyObject   *item = PyTuple_GetItem(description, index);
	const char *text = item && PyUnicode_Check(item) ? PyUnicode_AsUTF8(item) : NULL;

	PyErr_Clear();
	return text ? pstrdup(text) : NULL;
}

/*
 * Raise the current Python exception as an ERROR.  A pending cancel or
 * termination comes first, whatever the class raised.
 */
void
python_raise(const char *method)
{
	static PyObject *description = NULL;	/* survives a jump out of here */
	const char *sqlstate = NULL;
	const char *message = NULL;
	const char *detail = NULL;
	const char *hint = NULL;
	const char *kind = NULL;
	const char *traceback = NULL;
	bool		fatal = false;

	backend_raise_error(NULL);
	python_replace(&description, describe_exception());
	CHECK_FOR_INTERRUPTS();

	if (description != NULL)
	{
		sqlstate = copy_text(description, 0);
		message = copy_text(description, 1);
		detail = copy_text(description, 2);
		hint = copy_text(description, 3);
		kind = copy_text(description, 4);
		traceback = copy_text(description, 5);
		fatal = PyTuple_GetItem(description, 6) == Py_True;
		PyErr_Clear();
		python_replace(&description, NULL);
	}
	if (traceback != NULL)
		ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", traceback)));
	ereport(fatal ? FATAL : ERROR,
			(errcode(sqlstate ? MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2],
											  sqlstate[3], sqlstate[4])
					 : ERRCODE_FDW_ERROR),
			 errmsg_internal("%s", message ? message :
							 engine ? "Python failed, and its exception could not be described" :
							 "could not import minicorn's own module multicorn"),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 kind ? errcontext("Python exception %s in %s", kind, method) : 0));
	pg_unreachable();
}

/*
 * Call a function of multicorn._engine with the object, if there is one, and the
 * arguments.  method is the class's method behind it, for errors.  Returns a
 * new reference, never NULL.
 */
PyObject *
python_call(const char *method, const char *function, PyObject *object, List *arguments)
{
	Py_ssize_t	offset = object ? 1 : 0;
	PyObject   *callable;
	PyObject   *tuple;
	PyObject   *result = NULL;
	Py_ssize_t	i;

	backend_forget_error();
	python_enter();
	callable = PyObject_GetAttrString(engine, function);
	tuple = PyTuple_New(offset + list_length(arguments));
	if (tuple != NULL && object != NULL)
	{
		Py_INCREF(object);
		PyTuple_SET_ITEM(tuple, 0, object);
	}
	for (i = 0; tuple != NULL && i < list_length(arguments); i++)
	{
		PyObject   *item = python_from_node(list_nth(arguments, i));

		if (item == NULL)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, offset + i, item);
	}
	if (callable != NULL && tuple != NULL)
		result = PyObject_CallObject(callable, tuple);
	Py_XDECREF(callable);
	Py_XDECREF(tuple);
	python_leave();

	if (result == NULL)
		python_raise(method);
	backend_raise_error(result);
	return result;
}

/* Call a function that returns a list of str.  Returns C strings in the server's encoding. */
List *
python_texts(const char *method, const char *function, PyObject *object, List *arguments)
{
	static PyObject *list = NULL;	/* survives a jump out of here */
	List	   *texts = NIL;
	Py_ssize_t	i;

	python_replace(&list, python_call(method, function, object, arguments));
	for (i = 0; i < PyList_GET_SIZE(list); i++)
	{
		Py_ssize_t	length;
		const char *utf8 = PyUnicode_AsUTF8AndSize(PyList_GET_ITEM(list, i), &length);

		if (utf8 == NULL)
			python_raise(method);
		utf8 = text_from_utf8(utf8, &length);
		texts = lappend(texts, pnstrdup(utf8, length));
	}
	python_replace(&list, NULL);
	return texts;
}

/* The iterator's next object as a new reference, or NULL at its end. */
PyObject *
python_next(PyObject *iterator)
{
	PyObject   *next;

	backend_forget_error();
	python_enter();
	next = PyIter_Next(iterator);
	python_leave();

	if (next == NULL && PyErr_Occurred())
		python_raise("execute()");
	backend_raise_error(next);
	return next;
}

/* Are Python frames, such as PL/Python's, on the stack?  They must not be jumped over. */
bool
python_on_stack(void)
{
	return PyEval_GetFrame() != NULL;
}

/*
 * Close and release an iterator.  An exception of a generator's "finally"
 * becomes an ERROR if raise is true, else a WARNING: nothing jumps then.
 */
void
python_close(PyObject *iterator, bool raise)
{
	PyObject   *closed = NULL;
	PyObject   *description;
	PyObject   *text;
	const char *message;

	/* a backend that exits runs no Python code: it might never end */
	if (proc_exit_inprogress)
		return;

	backend_forget_error();
	python_enter();
	if (PyGen_CheckExact(iterator))
		closed = PyObject_CallMethod(iterator, "close", NULL);
	Py_XDECREF(closed);
	if (!PyErr_Occurred())
		Py_DECREF(iterator);
	else
	{
		PyObject   *exception = take_exception();

		Py_DECREF(iterator);
		PyErr_SetObject((PyObject *) Py_TYPE(exception), exception);
		Py_DECREF(exception);
	}
	python_leave();

	if (raise && PyErr_Occurred())
		python_raise("execute()");
	if (raise)
		backend_raise_error(NULL);
	if (!PyErr_Occurred())
		return;
	description = describe_exception();
	text = description ? PyUnicode_FromFormat("execute() failed when it was closed: %S",
											  PyTuple_GetItem(description, 1)) : NULL;
	message = text ? PyUnicode_AsUTF8(text) : NULL;
	(void) backend_send(WARNING, message ? message : "execute() failed when it was closed", NULL, NULL);
	PyErr_Clear();
	Py_XDECREF(text);
	Py_XDECREF(description);
}

/* Release a reference to an object whose destructor may be Python code. */
void
python_release(PyObject *object)
{
	if (object == NULL || proc_exit_inprogress)
		return;
	python_enter();
	Py_DECREF(object);
	python_leave();
}

/* Replace a reference by another, which is stolen, and release the old one. */
void
python_replace(PyObject **reference, PyObject *object)
{
	PyObject   *old = *reference;

	*reference = object;
	python_release(old);
}
