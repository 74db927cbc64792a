/** "Who is this client?" from memory, Redis and PostgreSQL, and the announcements of changes. */
@NullMarked
package io.penstock.core.directory;

import org.jspecify.annotations.NullMarked;
