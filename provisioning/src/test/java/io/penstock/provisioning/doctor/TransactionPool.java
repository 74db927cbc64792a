package io.penstock.provisioning.doctor;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pooler in transaction mode does, over real connections: the one that was set free last
 * serves the next transaction, whoever's it is.
 */
final class TransactionPool {
  private final Deque<Connection> free;
  private final Map<Integer, Connection> held = new HashMap<>();
  private int clients;

  TransactionPool(List<Connection> servers) {
    this.free = new ArrayDeque<>(servers);
  }

  Connection client() {
    int client = clients++;
    return (Connection)
        Proxy.newProxyInstance(
            TransactionPool.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              Connection mine = held.get(client);
              Connection server = mine == null ? free.pop() : mine;
              try {
                return method.invoke(server, arguments);
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              } finally {
                if (server.getAutoCommit()) {
                  held.remove(client);
                  free.push(server);
                } else {
                  held.put(client, server);
                }
              }
            });
  }
}
