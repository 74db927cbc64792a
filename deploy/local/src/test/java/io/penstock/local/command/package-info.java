@NullMarked
package io.penstock.local.command;

import org.jspecify.annotations.NullMarked;
