import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGStatement;

/**
 * What test_jdbc.py has pgJDBC do. Arguments: the URL, user, password, the name of what to do, and its own. Writes a
 * line for each row, columns separated by tabs; an error as "ERROR", SQLSTATE and message.
 */
public class Client {
    static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    static final String REPORT = "aws_iam_credential_report";

    public static void main(String[] given) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", given[1]);
        properties.setProperty("password", given[2]);
        try (Connection connection = DriverManager.getConnection(given[0], properties)) {
            run(connection, given[3], given);
        } catch (SQLException error) {
            print("ERROR", error.getSQLState(), error.getMessage().lines().findFirst().get());
        }
    }

    static void run(Connection connection, String what, String[] given) throws Exception {
        DatabaseMetaData metadata = connection.getMetaData();
        switch (what) {
            case "tables" -> print(
                metadata.getTables(null, given[4], "%", given.length > 5 ? given[5].split(",") : null),
                "TABLE_NAME", "TABLE_TYPE", "REMARKS");
            case "types" -> print(metadata.getTableTypes(), "TABLE_TYPE");
            case "schemas" -> print(metadata.getSchemas(), "TABLE_SCHEM");
            case "columns" -> print(
                metadata.getColumns(null, "public", given[4], "%"),
                "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "IS_NULLABLE", "REMARKS");
            case "keys" -> {
                print(metadata.getPrimaryKeys(null, "public", given[4]), "COLUMN_NAME");
                print(metadata.getImportedKeys(null, "public", given[4]), "FKCOLUMN_NAME");
                print(metadata.getExportedKeys(null, "public", given[4]), "PKCOLUMN_NAME");
                print(metadata.getIndexInfo(null, "public", given[4], false, true), "INDEX_NAME");
                print(metadata.getBestRowIdentifier(null, "public", given[4], DatabaseMetaData.bestRowSession, true), "COLUMN_NAME");
            }
            case "privileges" -> print(
                metadata.getTablePrivileges(null, "public", given[4]), "TABLE_NAME", "GRANTEE", "PRIVILEGE");
            case "typeinfo" -> print(metadata.getTypeInfo(), "TYPE_NAME", "DATA_TYPE");
            case "select" -> select(connection, given[4]);
            case "prepared" -> prepared(connection);
            case "any" -> any(connection, given[4]);
            case "fetch" -> fetch(connection, given[4], Integer.parseInt(given[5]));
            case "maximum" -> maximum(connection, Integer.parseInt(given[4]));
            case "pages" -> pages(connection);
            case "cancel" -> cancel(connection, given[4]);
            case "timeout" -> timeout(connection, given[4]);
            case "readonly" -> readOnly(connection);
            case "write" -> connection.createStatement().executeUpdate(given[4]);
            default -> throw new IllegalArgumentException(what);
        }
    }

    static void print(Object... values) {
        List<String> line = new ArrayList<>();
        for (Object value : values) {
            line.add(value == null ? "null" : value.toString());
        }
        out.println(String.join("\t", line));
    }

    static void print(ResultSet result, String... columns) throws SQLException {
        while (result.next()) {
            Object[] values = new Object[columns.length];
            for (int i = 0; i < columns.length; i++) {
                values[i] = result.getString(columns[i]);
            }
            print(values);
        }
    }

    static void select(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(query)) {
            ResultSetMetaData metadata = result.getMetaData();
            int count = metadata.getColumnCount();
            Object[] classes = new Object[count];
            for (int i = 0; i < count; i++) {
                classes[i] = metadata.getColumnTypeName(i + 1) + " " + metadata.getColumnClassName(i + 1);
            }
            print(classes);
            while (result.next()) {
                Object[] values = new Object[count];
                for (int i = 0; i < count; i++) {
                    switch (metadata.getColumnTypeName(i + 1)) {
                        case "timestamptz" -> values[i] = result.getObject(i + 1, OffsetDateTime.class);
                        case "bool" -> {
                            boolean value = result.getBoolean(i + 1);
                            values[i] = result.wasNull() ? null : value;
                        }
                        default -> values[i] = result.getObject(i + 1);
                    }
                }
                print(values);
            }
        }
    }

    static void prepared(Connection connection) throws SQLException {
        String query = "select user_name, ? from " + REPORT + " where account_id = ? and mfa_active = ?"
            + " and user_creation_time < ? and user_name <> ? order by user_creation_time limit ? offset ?";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < 12; i++) {
                statement.setString(1, "Zoë Ångström 日本 🔑");
                statement.setString(2, i % 4 == 3 ? "444455556666" : "111122223333");
                statement.setBoolean(3, i % 2 == 0);
                statement.setObject(4, OffsetDateTime.now().minusDays(600));
                statement.setString(5, "Zoë");
                statement.setInt(6, 2);
                statement.setLong(7, i % 2);
                boolean onServer = statement.unwrap(PGStatement.class).isUseServerPrepare();
                try (ResultSet result = statement.executeQuery()) {
                    List<String> names = new ArrayList<>();
                    while (result.next()) {
                        names.add(result.getString(1) + "=" + result.getString(2));
                    }
                    print(onServer, String.join(",", names));
                }
            }
        }
        print(connection.createStatement().executeQuery(
            "select sum(generic_plans) > 0 as generic from pg_prepared_statements where statement ~ 'mfa_active'"), "generic");
    }

    static void any(Connection connection, String name) throws SQLException {
        Array array = connection.createArrayOf("text", new String[] {name, "amira_haddad", null});
        try (PreparedStatement statement = connection.prepareStatement(
                "select user_name from " + REPORT + " where user_name = any (?)")) {
            for (int i = 0; i < 7; i++) {
                statement.setArray(1, array);
                print(statement.executeQuery(), "user_name");
            }
        }
    }

    static void fetch(Connection connection, String name, int size) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement(); Statement other = connection.createStatement()) {
            statement.setFetchSize(size);
            ResultSet result = statement.executeQuery("select user_name from " + name + " order by user_creation_time");
            result.next();
            print(result.getString(1));
            ResultSet portals = other.executeQuery("select count(*) from pg_cursors where name <> ''");
            portals.next();
            print("portals", portals.getInt(1));
            print(result, "user_name");
        }
        connection.commit();
    }

    static void maximum(Connection connection, int rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(rows);
            for (String name : new String[] {REPORT, "iam_credential", REPORT}) {
                int count = 0;
                for (ResultSet result = statement.executeQuery("select * from " + name); result.next(); count++) {}
                print(name, count);
            }
        }
    }

    static void pages(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "select user_name from " + REPORT + " order by user_creation_time limit ? offset ?")) {
            for (int offset = 0; offset < 15; offset += 2) {
                statement.setInt(1, 2);
                statement.setBigDecimal(2, new BigDecimal(offset));
                print(statement.executeQuery(), "user_name");
            }
        }
    }

    /** Cancels once a byte is read, and uses the connection again. */
    static void cancel(Connection connection, String query) throws Exception {
        long[] begun = new long[1];
        try (Statement statement = connection.createStatement()) {
            Thread thread = new Thread(() -> {
                try {
                    System.in.read();
                    begun[0] = System.nanoTime();
                    statement.cancel();
                } catch (Exception error) {
                    print(error);
                }
            });
            thread.start();
            failing(statement, query, begun);
            thread.join();
        }
        select(connection, "select count(*) from " + REPORT);
    }

    static void timeout(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            failing(statement, query, new long[] {System.nanoTime()});
        }
        select(connection, "select count(*) from " + REPORT);
    }

    static void failing(Statement statement, String query, long[] begun) {
        try {
            statement.executeQuery(query);
            print("no error");
        } catch (SQLException error) {
            print((System.nanoTime() - begun[0]) / 1e9, error.getSQLState(), error.getMessage().lines().findFirst().get());
        }
    }

    static void readOnly(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        select(connection, "select count(*), current_setting('transaction_read_only') from " + REPORT);
        connection.commit();
        print(connection.isReadOnly());
    }
}
