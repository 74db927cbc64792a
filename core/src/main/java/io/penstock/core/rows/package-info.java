/**
 * Rows on their way into ClickHouse: which tables there are, how rows are encoded and inserted, and
 * how those that are at fault are found.
 */
@NullMarked
package io.penstock.core.rows;

import org.jspecify.annotations.NullMarked;
