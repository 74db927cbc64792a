/**
 * What would become of a letter if it were replayed: judged as the routers judge, its row tried in
 * a copy of its table.
 */
@NullMarked
package io.penstock.dlq.forecast;

import org.jspecify.annotations.NullMarked;
