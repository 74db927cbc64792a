/**
 * Configuration: the catalogue of every key ({@link io.penstock.core.config.ConfigKeys}), where
 * values come from ({@link io.penstock.core.config.ConfigSource}), and a reader that reports every
 * problem at once ({@link io.penstock.core.config.ConfigReader}).
 */
@NullMarked
package io.penstock.core.config;

import org.jspecify.annotations.NullMarked;
