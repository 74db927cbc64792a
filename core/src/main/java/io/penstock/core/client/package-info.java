/**
 * Who the clients are: their metadata, and the directory that finds it in memory, in Redis or in
 * PostgreSQL without ever mistaking "could not look up" for "does not exist". Begin with {@link
 * io.penstock.core.client.ClientDirectory}.
 */
@NullMarked
package io.penstock.core.client;

import org.jspecify.annotations.NullMarked;
