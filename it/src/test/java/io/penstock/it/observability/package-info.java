/** Rules, dashboards and their configuration, of {@code deploy/observability}. */
@org.jspecify.annotations.NullMarked
package io.penstock.it.observability;
