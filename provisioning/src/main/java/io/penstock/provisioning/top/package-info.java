/**
 * What the running processes do now, read from their own metrics and health. Begin with {@link
 * io.penstock.provisioning.top.Overview}. Asking ({@code Scraper}) is kept apart from what the
 * answers mean, which needs no server.
 */
@NullMarked
package io.penstock.provisioning.top;

import org.jspecify.annotations.NullMarked;
