@NullMarked
package io.penstock.dlq.command;

import org.jspecify.annotations.NullMarked;
