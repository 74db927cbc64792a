/** What the router counts and times; the names are a contract with dashboards and alerts. */
@NullMarked
package io.penstock.router.metrics;

import org.jspecify.annotations.NullMarked;
