/*
 * python.c: the interpreter, calls into it, errors and messages out of it.
 */
#include "minicorn.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"
#include "utils/memutils.h"

static bool started = false;
static bool ours = false;		/* did minicorn initialise the interpreter? */
static bool unusable = false;	/* did its initialisation fail? */
static PyObject *host = NULL;	/* module multicorn._host */
static char *python_path = NULL;	/* minicorn.python when Python was started */
static pthread_t main_thread;

/* The error that the sending of a message ended in, until the class returns. */
static bool message_failed = false;
static ErrorData *message_error = NULL; /* the last one, even if it was raised */

/*
 * Send a message without ever jumping.  Returns false, and keeps the error,
 * where PostgreSQL fails to: a character that the client's encoding does not
 * have is an error, for example.
 */
static bool
send_message(int elevel, const char *message, const char *detail, const char *hint)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	volatile bool sent = true;

	PG_TRY();
	{
		/*
		 * errfinish() would act on a cancel, and jump.  A termination does
		 * not jump: it must be able to end a wait for the client.
		 */
		HOLD_CANCEL_INTERRUPTS();
		ereport(elevel,
				(errmsg_internal("%s", message),
				 detail ? errdetail_internal("%s", detail) : 0,
				 hint ? errhint("%s", hint) : 0));
		RESUME_CANCEL_INTERRUPTS();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		if (message_error != NULL)
			FreeErrorData(message_error);
		message_error = CopyErrorData();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		InterruptHoldoffCount = holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		message_failed = true;
		sent = false;
	}
	PG_END_TRY();
	return sent;
}

/*
 * The module _minicorn, which multicorn.utils calls with Python frames on the
 * stack: nothing here may jump.
 */

/* log(level, message, detail, hint): levels of Python's logging, below ERROR */
static PyObject *
minicorn_log(PyObject *self, PyObject *args)
{
	int			level;
	const char *message;
	const char *detail;
	const char *hint;

	if (!PyArg_ParseTuple(args, "iszz", &level, &message, &detail, &hint))
		return NULL;
	if (!pthread_equal(pthread_self(), main_thread))
		PyErr_SetString(PyExc_RuntimeError,
						"messages can be sent only by the backend's own thread");
	else if (send_message(level < 20 ? DEBUG1 : level < 30 ? NOTICE : WARNING,
						  message, detail, hint))
		Py_RETURN_NONE;
	else
		PyErr_SetString(PyExc_RuntimeError, "the message could not be sent");
	return NULL;
}

static PyObject *
minicorn_interrupt_pending(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(interrupt_pending());
}

static PyObject *
minicorn_utf8(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(GetDatabaseEncoding() == PG_UTF8);
}

static PyMethodDef functions[] = {
	{"log", minicorn_log, METH_VARARGS, "Send a message."},
	{"interrupt_pending", minicorn_interrupt_pending, METH_NOARGS, "Is a cancel pending?"},
	{"utf8", minicorn_utf8, METH_NOARGS, "Is the database's encoding UTF8?"},
	{NULL, NULL, 0, NULL}
};

static PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "_minicorn", "The backend, for multicorn.utils.", -1, functions
};

/*
 * At exit a class's threads may run C code without the GIL, while exit() takes
 * down the libraries under them (OpenSSL's, for one): a crash, and so the
 * server's restart.  So the process ends before, once PostgreSQL is done.
 */
static int	exit_code = 0;

static void
leave_now(void)
{
	_exit(exit_code);
}

static void
leave_at_exit(int code, Datum arg)
{
	exit_code = code;
	atexit(leave_now);			/* the last to be registered, and so the first to run */
}

/* Initialise Python isolated from the server's environment. */
static void
initialise(void)
{
	PyPreConfig preconfig;
	PyConfig	config;
	PyStatus	status;
	struct stat st;

	python_path = MemoryContextStrdup(TopMemoryContext, minicorn_python);
	if (stat(python_path, &st) != 0 || access(python_path, X_OK) != 0 ||
		(S_ISREG(st.st_mode) ? 0 : (errno = EISDIR)) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not execute Python interpreter \"%s\": %m", python_path),
				 errhint("Set \"minicorn.python\" to a Python %d.%d that the server's user can read.",
						 PY_MAJOR_VERSION, PY_MINOR_VERSION)));

	PyPreConfig_InitIsolatedConfig(&preconfig);
	preconfig.utf8_mode = 1;	/* not what the server's locale says */
#ifdef __SANITIZE_ADDRESS__
	preconfig.allocator = PYMEM_ALLOCATOR_MALLOC;	/* so that each object is watched */
#endif
	status = Py_PreInitialize(&preconfig);
	if (!PyStatus_Exception(status))
	{
		PyConfig_InitIsolatedConfig(&config);
		config.install_signal_handlers = 0;
		config.write_bytecode = 0;
		config.pathconfig_warnings = 0;
		/* the interpreter's path, so that its pyvenv.cfg is found */
		status = PyConfig_SetBytesString(&config, &config.program_name, python_path);
		if (!PyStatus_Exception(status))
			status = PyConfig_SetBytesString(&config, &config.executable, python_path);
		if (!PyStatus_Exception(status))
			status = Py_InitializeFromConfig(&config);
		PyConfig_Clear(&config);
	}
	if (PyStatus_Exception(status))
	{
		unusable = true;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("could not initialize Python: %s",
						status.err_msg ? status.err_msg : "unknown error"),
				 errdetail("The interpreter is \"%s\".", python_path),
				 errhint("Check \"minicorn.python\", and start a new session.")));
	}
	ours = true;

#if PY_VERSION_HEX >= 0x030C0000

	/*
	 * PL/Python, started now, would call PyImport_AppendInittab(), which from
	 * Python 3.12 on aborts the process, and so the server, once Python runs.
	 * Where it checks for other Pythons in the session, let it find one: it
	 * then ends the session with an error instead.
	 */
	{
		static int	versions = 1 << 2;
		int		  **shared = (int **) find_rendezvous_variable("plpython_version_bitmask");

		if (*shared == NULL)
			*shared = &versions;
		**shared |= 1 << 2;
	}
#endif
}

/* Make _minicorn and our directory importable, and import our Python half. */
static PyObject *
import_host(void)
{
	static PyObject *backend = NULL;
	static PyObject *directory = NULL;
	PyObject   *search;

	if (backend == NULL)
		backend = PyModule_Create(&module);
	if (backend == NULL ||
		PyDict_SetItemString(PyImport_GetModuleDict(), "_minicorn", backend) < 0)
		return NULL;
	search = PySys_GetObject("path");	/* borrowed */
	if (directory == NULL)
	{
		char		path[MAXPGPATH];

		get_share_path(my_exec_path, path);
		strlcat(path, "/minicorn", sizeof(path));
		directory = PyUnicode_DecodeFSDefault(path);
		if (directory == NULL || search == NULL || PyList_Insert(search, 0, directory) != 0)
		{
			Py_CLEAR(directory);
			return NULL;
		}
	}
	return PyImport_ImportModule("multicorn._host");
}

/* Start Python, once for each session.  Errors are PostgreSQL's. */
void
python_start(void)
{
	const char *expected = CppAsString2(PY_MAJOR_VERSION) "." CppAsString2(PY_MINOR_VERSION) ".";
	static bool leaving = false;
	int			interrupt_signal;

	/* such as plpy.execute(), where PL/Python shares the interpreter */
	if (interrupt_in_python())
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a foreign-table class cannot query foreign tables of minicorn")));
	if (started)
		return;
	if (unusable)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("Python could not be initialized in this session"),
				 errhint("Check \"minicorn.python\", and start a new session.")));
	if (!Py_IsInitialized())
		initialise();
	else if (strncmp(Py_GetVersion(), expected, strlen(expected)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("another Python is loaded in this session"),
				 errdetail("minicorn was built for Python " PY_VERSION ", and Python %.20s runs here.",
						   Py_GetVersion()),
				 errhint("Start a new session for this foreign table, and do not use PL/Python there.")));

	if (python_path == NULL)
		python_path = MemoryContextStrdup(TopMemoryContext, minicorn_python);
	if (!leaving)
		on_proc_exit(leave_at_exit, 0);
	leaving = true;
	main_thread = pthread_self();
	interrupt_signal = interrupt_start();
	if (host == NULL)
	{
		python_enter();
		host = import_host();
		python_leave();
		if (host == NULL)
			python_raise("the import of multicorn");
	}
	Py_DECREF(python_call("the start", "start", NULL,
						  list_make3(makeString(python_path), makeInteger(interrupt_signal),
									 makeInteger(ours))));
	started = true;
}

/* Did minicorn, and not another extension, initialise the interpreter? */
bool
python_is_ours(void)
{
	return ours;
}

/* The class that a path names: a new reference. */
PyObject *
python_load(String *path)
{
	return python_call("the import", "load", NULL,
					   list_make3(path, makeString(python_path), makeInteger(ours)));
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

/*
 * A message that a class sent ended in an error of PostgreSQL's: that is the
 * error, even if the class has swallowed it and returned a result.
 */
static void
raise_message_error(PyObject *result)
{
	if (likely(!message_failed))
		return;
	python_enter();
	PyErr_Clear();
	Py_XDECREF(result);
	python_leave();
	message_failed = false;
	ReThrowError(message_error);
}

/* The exception's description by _host.describe(): strings only, or NULL. */
static PyObject *
describe_exception(void)
{
	PyObject   *exception;
	PyObject   *description = NULL;

	python_enter();
	exception = take_exception();
	if (exception != NULL && host != NULL)
		description = PyObject_CallMethod(host, "describe", "Oi", exception,
										  log_min_messages <= DEBUG1);
	PyErr_Clear();
	/* frames and locals go here, and whatever code their destructors have */
	Py_XDECREF(exception);
	PyErr_Clear();
	python_leave();
	message_failed = false;
	return description;
}

/* A text of a description in memory of PostgreSQL, or NULL. */
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

	raise_message_error(NULL);
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
							 host ? "Python failed, and its exception could not be described" :
							 "could not import minicorn's own module multicorn"),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 kind ? errcontext("Python exception %s in %s", kind, method) : 0));
	pg_unreachable();
}

/*
 * Call a function of multicorn._host with the object, if there is one, and the
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

	message_failed = false;
	python_enter();
	callable = PyObject_GetAttrString(host, function);
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
	raise_message_error(result);
	return result;
}

/* The same where a list of str comes back: C strings in the server's encoding. */
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

	message_failed = false;
	python_enter();
	next = PyIter_Next(iterator);
	python_leave();

	if (next == NULL && PyErr_Occurred())
		python_raise("execute()");
	raise_message_error(next);
	return next;
}

/* Are Python frames on the stack, such as PL/Python's, that must not be jumped over? */
bool
python_on_stack(void)
{
	return PyEval_GetFrame() != NULL;
}

/*
 * Close and drop an iterator.  What a generator's "finally" raises is an ERROR
 * if the caller can take one, else a WARNING: nothing jumps then.
 */
void
python_close(PyObject *iterator, bool raise)
{
	PyObject   *closed = NULL;
	PyObject   *description;
	PyObject   *text;
	const char *message;

	/* a backend that exits runs no Python code, which might never end */
	if (proc_exit_inprogress)
		return;

	message_failed = false;
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
		raise_message_error(NULL);
	if (!PyErr_Occurred())
		return;
	description = describe_exception();
	text = description ? PyUnicode_FromFormat("execute() failed when it was closed: %S",
											  PyTuple_GetItem(description, 1)) : NULL;
	message = text ? PyUnicode_AsUTF8(text) : NULL;
	(void) send_message(WARNING, message ? message : "execute() failed when it was closed", NULL, NULL);
	PyErr_Clear();
	Py_XDECREF(text);
	Py_XDECREF(description);
}

/* Drop a reference whose object may have code to run when it goes. */
void
python_release(PyObject *object)
{
	if (object == NULL || proc_exit_inprogress)
		return;
	python_enter();
	Py_DECREF(object);
	python_leave();
}

/* Put a reference, which is stolen, in another's place. */
void
python_replace(PyObject **reference, PyObject *object)
{
	PyObject   *old = *reference;

	*reference = object;
	python_release(old);
}

/*
 * A list of strings in UTF-8, integers and lists; NULL, which is also the empty
 * list, is None.  What is not UTF-8 (from SQL_ASCII) is escaped as Python does.
 * NULL with an exception set on failure.
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

/* A text of the server's encoding in UTF-8, or, from SQL_ASCII, in whatever it is. */
String *
text_node(const char *text)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		return makeString(pstrdup(text));
	return makeString(pg_server_to_any(text, strlen(text), PG_UTF8));
}

/* A text in UTF-8 in the server's encoding, checked; itself if that is UTF8. */
const char *
text_from_utf8(const char *utf8, Py_ssize_t *length)
{
	const char *converted = utf8;

	if (memchr(utf8, '\0', *length) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a text cannot hold a NUL character")));
	if (*length >= MaxAllocSize - VARHDRSZ)
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
