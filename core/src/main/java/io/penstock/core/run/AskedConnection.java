package io.penstock.core.run;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC connection whose calls that ask the server go through one place, and those of its
 * statements and results too.
 */
public final class AskedConnection {
  private static final Set<String> ASKING =
      Set.of("next", "close", "commit", "rollback", "setAutoCommit", "isValid");

  private AskedConnection() {}

  /** How the server is asked. */
  public interface Asker {
    /**
     * Makes the call, or gives it up.
     *
     * @param closes whether it is the end of a connection, statement or result
     */
    @Nullable Object ask(Callable<@Nullable Object> call, boolean closes) throws SQLException;
  }

  /** The same connection, asked by {@code asker}. */
  public static Connection of(Connection connection, Asker asker) {
    return proxy(Connection.class, connection, asker);
  }

  private static <T> T proxy(Class<T> type, T target, Asker asker) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader() == null
                ? AskedConnection.class.getClassLoader()
                : type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              String name = method.getName();
              Object result =
                  ASKING.contains(name) || name.startsWith("execute")
                      ? asker.ask(() -> invoke(method, target, arguments), name.equals("close"))
                      : invoke(method, target, arguments);
              return switch (result) {
                case PreparedStatement statement ->
                    proxy(PreparedStatement.class, statement, asker);
                case Statement statement -> proxy(Statement.class, statement, asker);
                case ResultSet rows -> proxy(ResultSet.class, rows, asker);
                case null, default -> result;
              };
            }));
  }

  private static @Nullable Object invoke(
      Method method, Object target, Object @Nullable [] arguments) throws Exception {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** What an asker throws for an exception that JDBC does not know. */
  public static SQLException sql(Exception e) {
    return e instanceof SQLException sql ? sql : new SQLException(e.getMessage(), e);
  }
}
