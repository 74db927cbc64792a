/**
 * The real ClickHouse engine as a process of its own: the shared library {@code libchdb} behind
 * ClickHouse's HTTP interface on loopback. {@link io.penstock.local.engine.EngineMain} is the
 * process, {@link io.penstock.local.engine.EngineLibrary} finds or fetches the library.
 */
@NullMarked
package io.penstock.local.engine;

import org.jspecify.annotations.NullMarked;
