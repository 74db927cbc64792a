/** What delivery counts and times; the names are a contract with dashboards and alerts. */
@NullMarked
package io.penstock.delivery.metrics;

import org.jspecify.annotations.NullMarked;
