/**
 * What every job is made of: its steps, the lock on a client, the audit log, and statements against
 * PostgreSQL.
 */
@NullMarked
package io.penstock.provisioning.job;

import org.jspecify.annotations.NullMarked;
