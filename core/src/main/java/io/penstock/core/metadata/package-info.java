/** PostgreSQL, the source of truth: connections, statements, audit log, locks, clients, targets. */
@NullMarked
package io.penstock.core.metadata;

import org.jspecify.annotations.NullMarked;
